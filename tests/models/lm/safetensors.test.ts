import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AttuneError } from '../../../common/error.js'
import { decodeSafetensors, encodeSafetensors } from '../../../models/lm/safetensors.js'

function raw(header: unknown, data: Uint8Array): Uint8Array {
  const head = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(head.length))
  return Buffer.concat([length, head, data])
}

const tensors = fc.uniqueArray(
  fc.record({ name: fc.string({ minLength: 1 }), data: fc.float32Array({ maxLength: 12, noNaN: true }) }),
  { selector: (tensor) => tensor.name, maxLength: 5 },
)

describe('safetensors', () => {
  it('gives back the tensors written', () => {
    fc.assert(
      fc.property(tensors, (list) => {
        const kept = list.filter(({ name }) => name !== '__metadata__' && name !== '__proto__')
        const bytes = encodeSafetensors(
          kept.map(({ name, data }) => [name, { shape: [data.length, 1], data }]),
        )
        const back = decodeSafetensors(bytes, 'x')
        expect(new Set(back.keys())).toEqual(new Set(kept.map(({ name }) => name)))
        for (const { name, data } of kept) expect(back.get(name)).toEqual({ shape: [data.length, 1], data })
      }),
    )
  })

  it('refuses every truncation, naming the file', () => {
    const bytes = encodeSafetensors([
      ['a', { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
      ['b', { shape: [], data: Float32Array.of(7) }],
    ])
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), (length) => {
        let error: unknown
        try {
          decodeSafetensors(bytes.subarray(0, length), 'day-01/model.safetensors')
        } catch (thrown) {
          error = thrown
        }
        expect(AttuneError.is(error) && error.kind === 'data' && error.message).toContain(
          'day-01/model.safetensors',
        )
      }),
    )
  })

  it('refuses damaged headers with an AttuneError and nothing else', () => {
    const bytes = encodeSafetensors([['a', { shape: [2], data: Float32Array.of(1, 2) }]])
    fc.assert(
      fc.property(fc.nat(bytes.length - 9), fc.nat(255), (at, value) => {
        const damaged = bytes.slice()
        damaged[at] = value
        try {
          decodeSafetensors(damaged, 'x')
        } catch (error) {
          expect(AttuneError.is(error)).toBe(true)
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['a hole', { a: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, 8],
    [
      'an overlap',
      {
        a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
        b: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
      },
      4,
    ],
    ['bytes left over', { a: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 8],
    ['a size that does not fit the shape', { a: { dtype: 'F32', shape: [2], data_offsets: [0, 4] } }, 4],
    ['a dtype of half bytes', { a: { dtype: 'F4', shape: [2], data_offsets: [0, 1] } }, 1],
  ])('refuses %s', (_what, header, size) => {
    expect(() => decodeSafetensors(raw(header, new Uint8Array(size)), 'x')).toThrow(
      /x is not a valid safetensors file/,
    )
  })

  it('widens f16 and bf16', () => {
    const half = Uint8Array.of(0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0x00, 0x7c)
    expect([
      ...decodeSafetensors(raw({ a: { dtype: 'F16', shape: [4], data_offsets: [0, 8] } }, half), 'x').get(
        'a',
      )!.data,
    ]).toEqual([1, -2, 2 ** -24, Infinity])
    const brain = Uint8Array.of(0x80, 0x3f, 0x20, 0xc1)
    expect([
      ...decodeSafetensors(raw({ a: { dtype: 'BF16', shape: [2], data_offsets: [0, 4] } }, brain), 'x').get(
        'a',
      )!.data,
    ]).toEqual([1, -10])
  })

  it('writes equal bytes for equal tensors', () => {
    const data = Float32Array.of(1, 2)
    const [first, second] = [1, 2].map(() => encodeSafetensors([['a', { shape: [2], data }]]))
    expect(first).toEqual(second)
  })
})
