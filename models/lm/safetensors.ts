import { AttuneError } from '../../common/error.js'
import { LENGTH_FIELD, lengthOf, parseSafetensorsHeader } from './safetensors-header.js'

/** A dense tensor, row by row. */
export interface Tensor {
  shape: readonly number[]
  data: Float32Array
}

const READ = new Set(['F32', 'F16', 'BF16'])

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
  const length = lengthOf(bytes.subarray(0, LENGTH_FIELD), bytes.length, file)
  const start = LENGTH_FIELD + length
  const entries = parseSafetensorsHeader(bytes.subarray(LENGTH_FIELD, start), bytes.length - start, file)
  for (const { name, dtype } of entries) {
    if (READ.has(dtype)) continue
    throw new AttuneError('SAFETENSORS_INVALID', 'data', `${file}: tensor ${name} has dtype ${dtype}`, {
      file,
      hint: `Only ${[...READ].join(', ')} are read here: convert the model.`,
    })
  }
  return new Map(
    entries.map(({ name, dtype, shape, begin, end }) => [
      name,
      { shape, data: toFloat32(bytes.subarray(start + begin, start + end), dtype) },
    ]),
  )
}
