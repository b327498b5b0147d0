import { AttuneError } from '../../common/error.js'

/** A dense tensor, row by row. */
export interface Tensor {
  shape: readonly number[]
  data: Float32Array
}

const BYTES: Record<string, number> = { F32: 4, F16: 2, BF16: 2 }
const LENGTH_FIELD = 8

const elements = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)

/**
 * A safetensors file of f32 tensors (https://github.com/huggingface/safetensors#format). Equal tensors in equal order
 * give equal bytes.
 */
export function encodeSafetensors(tensors: Iterable<readonly [name: string, tensor: Tensor]>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } }
  const placed: { data: Float32Array; begin: number }[] = []
  let end = 0
  for (const [name, { shape, data }] of tensors) {
    if (data.length !== elements(shape))
      throw new RangeError(`${name}: ${data.length} values for shape [${shape.join()}]`)
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] }
    placed.push({ data, begin: end })
    end += data.byteLength
  }
  let text = JSON.stringify(header)
  text += ' '.repeat(-Buffer.byteLength(text) & 7)
  const head = Buffer.from(text)
  const bytes = new Uint8Array(LENGTH_FIELD + head.length + end)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(head.length), true)
  bytes.set(head, LENGTH_FIELD)
  const start = LENGTH_FIELD + head.length
  for (const { data, begin } of placed) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start + begin)
  }
  return bytes
}

interface Entry {
  name: string
  dtype: string
  shape: number[]
  begin: number
  end: number
}

const isSize = (n: unknown): n is number => typeof n === 'number' && Number.isSafeInteger(n) && n >= 0
const isSizes = (list: unknown): list is number[] => Array.isArray(list) && list.every(isSize)
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parseEntry(name: string, value: unknown, fail: (why: string) => never): Entry {
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

function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 0x1f
  const fraction = half & 0x3ff
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? NaN : sign * Infinity
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function toFloat32(bytes: Uint8Array, dtype: string): Float32Array {
  // a copy, because a tensor may begin at an odd address of the file
  const copy = new Uint8Array(bytes)
  if (dtype === 'F32') return new Float32Array(copy.buffer)
  const words = new Uint16Array(copy.buffer)
  if (dtype === 'F16') return Float32Array.from(words, halfToFloat)
  return new Float32Array(Uint32Array.from(words, (word) => word << 16).buffer)
}

/**
 * Tensors of a safetensors file in file order; f16 and bf16 are widened to f32.
 *
 * @param file name for the error message
 * @throws AttuneError SAFETENSORS_INVALID (kind `data`) when the file is truncated, inconsistent or of another dtype
 */
export function decodeSafetensors(bytes: Uint8Array, file: string): Map<string, Tensor> {
  const fail = (why: string, cause?: unknown): never => {
    throw new AttuneError('SAFETENSORS_INVALID', 'data', `${file} is not a valid safetensors file: ${why}`, {
      file,
      hint: 'The file may be cut off: copy or download it again.',
      cause,
    })
  }
  if (bytes.length < LENGTH_FIELD) fail(`it has ${bytes.length} bytes`)
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, LENGTH_FIELD).getBigUint64(0, true))
  const start = LENGTH_FIELD + length
  if (start > bytes.length) fail(`its header of ${length} bytes ends beyond the file`)
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(LENGTH_FIELD, start)))
  } catch (cause) {
    fail('its header is no JSON', cause)
  }
  if (!isObject(header)) return fail('its header is no JSON object')
  const entries = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, value]) => parseEntry(name, value, fail))
    .sort((a, b) => a.begin - b.begin || a.end - b.end)
  let filled = 0
  for (const { name, begin, end } of entries) {
    if (begin !== filled) fail(`tensor ${name} begins at ${begin}, not at ${filled}`)
    filled = end
  }
  if (start + filled !== bytes.length)
    fail(`its tensors take ${filled} bytes, the file has ${bytes.length - start}`)
  return new Map(
    entries.map(({ name, dtype, shape, begin, end }) => [
      name,
      { shape, data: toFloat32(bytes.subarray(start + begin, start + end), dtype) },
    ]),
  )
}
