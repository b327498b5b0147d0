import { type FileHandle, open } from 'node:fs/promises'
import { duplicateKey } from '../../common/duplicate-keys.js'
import { AttuneError } from '../../common/error.js'
import { ioError } from '../../common/files.js'

/** Bytes of an element of each dtype of whole bytes (https://github.com/huggingface/safetensors#format). */
const BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
  F8_E8M0: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
}

/** Bytes of the number at the beginning of a file: the length of its header. */
export const LENGTH_FIELD = 8
/** Longest header that the format allows, bytes. */
export const LONGEST_HEADER = 100_000_000

/** A tensor as a header describes it. */
export interface TensorEntry {
  name: string
  dtype: string
  shape: number[]
  /** First byte and the one after the last, counted from the end of the header. */
  begin: number
  end: number
}

const elements = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)
const isSize = (n: unknown): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0
const isSizes = (list: unknown): list is number[] => Array.isArray(list) && list.every(isSize)
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * Tensors of a safetensors file in the order of their bytes, which they fill without hole or overlap.
 *
 * @param head the header: JSON, the length field not included
 * @param dataBytes bytes of the file after the header
 * @param file name for the error message
 * @throws AttuneError SAFETENSORS_INVALID (kind `data`)
 */
export function parseSafetensorsHeader(head: Uint8Array, dataBytes: number, file: string): TensorEntry[] {
  const fail = (why: string, cause?: unknown): never => {
    throw invalidSafetensors(file, why, cause)
  }
  if (head[0] !== 0x7b) fail('its header does not begin with {')
  let header: unknown
  let text = ''
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(head)
    header = JSON.parse(text)
  } catch (cause) {
    fail('its header is no JSON', cause)
  }
  if (!isObject(header)) return fail('its header is no JSON object')
  const twice = duplicateKey(text)
  if (twice !== null) fail(`its header has ${JSON.stringify(twice)} twice`)
  const { __metadata__: metadata, ...tensors } = header
  if (metadata !== undefined && !(isObject(metadata) && Object.values(metadata).every(isString)))
    fail('its metadata are not texts')
  const entries = Object.entries(tensors)
    .map(([name, value]) => entryOf(name, value, fail))
    .toSorted((a, b) => a.begin - b.begin || a.end - b.end)
  let filled = 0
  for (const { name, begin, end } of entries) {
    if (begin !== filled) fail(`tensor ${name} begins at ${begin}, not at ${filled}`)
    filled = end
  }
  if (filled !== dataBytes) fail(`its tensors take ${filled} bytes, the file has ${dataBytes}`)
  return entries
}

const isString = (value: unknown): boolean => typeof value === 'string'

function entryOf(name: string, value: unknown, fail: (why: string) => never): TensorEntry {
  if (!isObject(value)) return fail(`tensor ${name} is not described`)
  const { dtype, shape, data_offsets: offsets } = value
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype))
    return fail(`tensor ${name} has dtype ${String(dtype)}`)
  if (!isSizes(shape)) return fail(`tensor ${name} has no valid shape`)
  if (!isSizes(offsets) || offsets.length !== 2) return fail(`tensor ${name} has no valid offsets`)
  const [begin = 0, end = 0] = offsets
  if (end - begin !== elements(shape) * BYTES[dtype]!)
    return fail(`tensor ${name} does not fill its ${end - begin} bytes`)
  return { name, dtype, shape, begin, end }
}

/**
 * Reads the header of a safetensors file, and nothing of its tensors.
 *
 * @throws AttuneError SAFETENSORS_INVALID, FILE_READ_FAILED
 */
export async function readSafetensorsHeader(file: string): Promise<TensorEntry[]> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file, 'r')
    const { size } = await handle.stat()
    const length = lengthOf(await bytesOf(handle, 0, Math.min(size, LENGTH_FIELD)), size, file)
    const start = LENGTH_FIELD + length
    return parseSafetensorsHeader(await bytesOf(handle, LENGTH_FIELD, length), size - start, file)
  } catch (cause) {
    throw AttuneError.is(cause) ? cause : ioError('read', file, cause)
  } finally {
    await handle?.close()
  }
}

/**
 * Length of the header, bytes.
 *
 * @param field the beginning of the file, {@link LENGTH_FIELD} bytes
 * @param size bytes of the whole file
 * @throws AttuneError SAFETENSORS_INVALID when there is no room for it
 */
export function lengthOf(field: Uint8Array, size: number, file: string): number {
  if (field.length < LENGTH_FIELD) throw invalidSafetensors(file, `it has ${size} bytes`)
  const length = Number(new DataView(field.buffer, field.byteOffset, LENGTH_FIELD).getBigUint64(0, true))
  if (length > LONGEST_HEADER) throw invalidSafetensors(file, `its header would have ${length} bytes`)
  if (LENGTH_FIELD + length > size)
    throw invalidSafetensors(file, `its header of ${length} bytes ends beyond the file`)
  return length
}

async function bytesOf(handle: FileHandle, position: number, length: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(length)
  const { bytesRead } = await handle.read(buffer, 0, length, position)
  return buffer.subarray(0, bytesRead)
}

function invalidSafetensors(file: string, why: string, cause?: unknown): AttuneError {
  return new AttuneError('SAFETENSORS_INVALID', 'data', `${file} is not a valid safetensors file: ${why}`, {
    file,
    hint: 'The file may be cut off: copy or download it again.',
    cause,
  })
}
