import * as fc from 'fast-check'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { inspectFolder } from '../../checkpoints/inspect-folder.js'
import { AttuneError } from '../../common/error.js'
import { FULL, modelFolder, refusal, safetensors, scratchFolder } from './folders.js'

const one = (name: string, begin: number, end: number) => ({
  [name]: { dtype: 'U8', shape: [end - begin], data_offsets: [begin, end] },
})

describe('refused are safetensors', () => {
  it.each([
    ['offsets that overlap', { ...one('a', 0, 8), ...one('b', 4, 12) }, 12, undefined],
    ['a hole', { ...one('a', 0, 4), ...one('b', 8, 12) }, 12, undefined],
    ['fewer bytes than described', one('a', 0, 8), 4, undefined],
    ['bytes that no tensor has', one('a', 0, 8), 80, undefined],
    [
      'sizes beyond the file',
      { a: { dtype: 'F32', shape: [2 ** 40], data_offsets: [0, 2 ** 42] } },
      4,
      undefined,
    ],
    [
      'sizes that overflow',
      { a: { dtype: 'F32', shape: [2 ** 53, 2 ** 53], data_offsets: [0, 4] } },
      4,
      undefined,
    ],
    ['negative offsets', { a: { dtype: 'U8', shape: [4], data_offsets: [-4, 0] } }, 4, undefined],
    ['a header without end', one('a', 0, 4), 4, 2n ** 63n],
    ['a huge header', one('a', 0, 4), 4, 100_000_001n],
    [
      'a key twice',
      '{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}',
      4,
      undefined,
    ],
    ['metadata that are no texts', { __metadata__: { a: { b: 1 } }, ...one('a', 0, 4) }, 4, undefined],
    ['a tensor named as a path', one('../../etc/cron.d/x', 0, 4), 4, undefined],
  ])('with %s', async (_what, header, bytes, length) => {
    const folder = await modelFolder()
    writeFileSync(join(folder, 'model.safetensors'), safetensors(header, bytes, length))
    expect(await refusal(folder, FULL)).toContain('model.safetensors')
  })

  it('with any header that does not describe its bytes exactly', async () => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'config.json'), '{}')
    const file = join(folder, 'model.safetensors')
    const entry = fc.record({
      begin: fc.integer({ min: -2, max: 20 }),
      end: fc.integer({ min: -2, max: 20 }),
      size: fc.nat(20),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 4 }), fc.nat(24), async (entries, bytes) => {
        const header = Object.fromEntries(
          entries.map(({ begin, end, size }, i) => [
            `t${i}`,
            { dtype: 'U8', shape: [size], data_offsets: [begin, end] },
          ]),
        )
        writeFileSync(file, safetensors(header, bytes))
        const accepted = await inspectFolder(folder, FULL).then(
          () => true,
          (error: unknown) => {
            expect(AttuneError.is(error) && error.code).toBe('CHECKPOINT_UNSAFE')
            return false
          },
        )
        // written differently: every byte belongs to exactly one tensor
        const owners = Array.from(
          { length: bytes },
          (_, i) => entries.filter(({ begin, end }) => begin <= i && i < end).length,
        )
        const whole = entries.every(
          ({ begin, end, size }) => begin >= 0 && end - begin === size && end <= bytes,
        )
        expect(accepted).toBe(whole && owners.every((count) => count === 1))
      }),
      { numRuns: 400 },
    )
  })

  it('whatever bytes a file has, it is accepted or refused, and nothing else happens', async () => {
    const folder = scratchFolder()
    writeFileSync(join(folder, 'config.json'), '{}')
    const file = join(folder, 'model.safetensors')
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 64 }), fc.nat(70), async (bytes, length) => {
        writeFileSync(file, Buffer.concat([safetensors('', 0, BigInt(length)), bytes]))
        const error: unknown = await inspectFolder(folder, FULL).catch((thrown: unknown) => thrown)
        if (AttuneError.is(error)) expect(error.code).toBe('CHECKPOINT_UNSAFE')
        else expect(error).toEqual({ notes: [] })
      }),
      { numRuns: 300 },
    )
  })
})
