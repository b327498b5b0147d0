import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { cp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished } from 'vitest'
import { inspectFolder } from '../../checkpoints/inspect-folder.js'
import { AttuneError } from '../../common/error.js'
import { baseFolder } from '../../models/base-folder.js'
import { loadModelFolder } from '../../models/lm/hf-folder.js'
import { initialLora } from '../../models/lm/lora.js'
import { saveLoraFolder } from '../../models/lm/lora-folder.js'
import { randomAt } from '../../common/random.js'

export const LORA = { rank: 4, alpha: 8, modules: ['q_proj', 'v_proj'] as const }

/** A folder that is gone after the test. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'attune-checkpoint-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** A PEFT adapter of nano in a folder of its own, its update large enough to change what is said. */
export async function adapterFolder(folder = join(scratchFolder(), 'checkpoint'), seed = 1): Promise<string> {
  const { config } = await loadModelFolder(baseFolder('nano'))
  const weights = initialLora(config, LORA, ['test', seed])
  const random = randomAt('test', seed, 'B')
  for (const name of weights.names.filter((each) => each.includes('lora_B'))) {
    const values = weights.get(name)
    for (let i = 0; i < values.length; i++) values[i] = random.next() - 0.5
  }
  await saveLoraFolder(folder, { base: 'nano', lora: LORA, dropout: 0, weights })
  return folder
}

/** A copy of the nano model. */
export async function modelFolder(): Promise<string> {
  const folder = join(scratchFolder(), 'checkpoint')
  await cp(baseFolder('nano'), folder, { recursive: true })
  return folder
}

/** Sets keys of a JSON file. */
export function change(folder: string, name: string, changes: Record<string, unknown>): void {
  const file = join(folder, name)
  const value = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>
  writeFileSync(file, JSON.stringify({ ...value, ...changes }))
}

/** A safetensors file of any header. */
export function safetensors(header: unknown, dataBytes: number, length?: bigint): Buffer {
  const head = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const field = Buffer.alloc(8)
  field.writeBigUInt64LE(length ?? BigInt(head.length))
  return Buffer.concat([field, head, Buffer.alloc(dataBytes)])
}

export const ADAPTER = { kind: 'adapter', base: 'nano' } as const
export const FULL = { kind: 'full', base: 'nano' } as const

/** The refusal of a folder, which must name a file of it. */
export async function refusal(
  folder: string,
  expected: typeof ADAPTER | typeof FULL = ADAPTER,
): Promise<string> {
  const error: unknown = await inspectFolder(folder, expected).then(
    () => null,
    (thrown: unknown) => thrown,
  )
  if (!AttuneError.is(error)) throw error ?? new Error('the folder was not refused')
  expect(error.code).toBe('CHECKPOINT_UNSAFE')
  expect(error.details.file).toContain(folder)
  return error.message
}
