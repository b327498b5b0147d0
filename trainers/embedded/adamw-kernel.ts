/**
 * The inner loop of AdamW as a WebAssembly module with 128-bit SIMD, assembled here from its instructions: four
 * parameters at a time in one pass over memory, which neither a loop in JavaScript (f64, one at a time) nor ONNX nodes
 * (a pass an operation) can do; and the same f32 results on every machine.
 * Encoding: https://webassembly.github.io/spec/core/binary/ and the SIMD opcodes listed there.
 */

/** `step` of the kernel: byte addresses of the four arrays, their length in bytes (multiple of 16), scalars. */
export type AdamStep = (
  parameters: number,
  gradients: number,
  firstMoments: number,
  secondMoments: number,
  byteLength: number,
  gradientScale: number,
  beta1: number,
  beta2: number,
  stepSize: number,
  rootCorrection: number,
  epsilon: number,
  decay: number,
) => void

const I32 = 0x7f
const F32 = 0x7d
const V128 = 0x7b

const leb = (n: number): number[] => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...leb(n >>> 7)])
const vector = (items: readonly (readonly number[])[]): number[] => [...leb(items.length), ...items.flat()]
const section = (id: number, bytes: readonly number[]): number[] => [id, ...leb(bytes.length), ...bytes]
const text = (value: string): number[] => [...leb(value.length), ...new TextEncoder().encode(value)]

const get = (local: number): number[] => [0x20, ...leb(local)]
const set = (local: number): number[] => [0x21, ...leb(local)]
const constant = (n: number): number[] => [0x41, ...leb(n)]
const simd = (opcode: number): number[] => [0xfd, ...leb(opcode)]
const ALIGN_16_OFFSET_0 = [4, 0]
const LOAD = [...simd(0x00), ...ALIGN_16_OFFSET_0]
const STORE = [...simd(0x0b), ...ALIGN_16_OFFSET_0]
const SPLAT = simd(0x13)
const SQRT = simd(0xe3)
const ADD = simd(0xe4)
const SUB = simd(0xe5)
const MUL = simd(0xe6)
const DIV = simd(0xe7)
const I32_ADD = 0x6a
const I32_SUB = 0x6b
const ONE = [0x43, 0, 0, 0x80, 0x3f]
const F32_SUB = 0x93
const TEE = 0x22
const LOOP = [0x03, 0x40]
const BRANCH_IF = [0x0d, 0]
const END = 0x0b

/** Parameters of `step`, then its locals, by index. */
const [P, G, M, V, LEFT, SCALE, BETA1, BETA2, STEP, ROOT, EPSILON, DECAY] = Array.from(
  { length: 12 },
  (_, i) => i,
) as [number, number, number, number, number, number, number, number, number, number, number, number]
const [scale, beta1, beta2, step, root, epsilon, decay, rest1, rest2, g, m, v] = Array.from(
  { length: 12 },
  (_, i) => 12 + i,
) as [number, number, number, number, number, number, number, number, number, number, number, number]

const splat = (from: number, to: number): number[] => [...get(from), ...SPLAT, ...set(to)]
const splatRest = (from: number, to: number): number[] => [
  ...ONE,
  ...get(from),
  F32_SUB,
  ...SPLAT,
  ...set(to),
]
const advance = (pointer: number): number[] => [...get(pointer), ...constant(16), I32_ADD, ...set(pointer)]

// prettier-ignore
const body = [
  ...splat(SCALE, scale), ...splat(BETA1, beta1), ...splat(BETA2, beta2), ...splat(STEP, step), ...splat(ROOT, root),
  ...splat(EPSILON, epsilon), ...splat(DECAY, decay), ...splatRest(BETA1, rest1), ...splatRest(BETA2, rest2),
  ...LOOP,
  // g = scale * gradient
  ...get(G), ...LOAD, ...get(scale), ...MUL, ...set(g),
  // m = beta1 m + (1 - beta1) g
  ...get(M), ...LOAD, ...get(beta1), ...MUL, ...get(g), ...get(rest1), ...MUL, ...ADD, ...set(m),
  ...get(M), ...get(m), ...STORE,
  // v = beta2 v + (1 - beta2) g g
  ...get(V), ...LOAD, ...get(beta2), ...MUL, ...get(g), ...get(g), ...MUL, ...get(rest2), ...MUL, ...ADD, ...set(v),
  ...get(V), ...get(v), ...STORE,
  // p = decay p - step m / (root sqrt(v) + epsilon)
  ...get(P),
  ...get(P), ...LOAD, ...get(decay), ...MUL,
  ...get(m), ...get(step), ...MUL,
  ...get(v), ...SQRT, ...get(root), ...MUL, ...get(epsilon), ...ADD,
  ...DIV, ...SUB, ...STORE,
  ...advance(P), ...advance(G), ...advance(M), ...advance(V),
  ...get(LEFT), ...constant(16), I32_SUB, TEE, ...leb(LEFT),
  ...BRANCH_IF,
  END,
  END,
]
const code = [...vector([[...leb(12), V128]]), ...body]

/** Magic number and version 1. */
const HEADER = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]

const MODULE = Uint8Array.from([
  ...HEADER,
  ...section(
    1,
    vector([
      [0x60, ...vector([I32, I32, I32, I32, I32, F32, F32, F32, F32, F32, F32, F32].map((t) => [t])), 0],
    ]),
  ),
  ...section(2, vector([[...text('attune'), ...text('memory'), 2, 0, 1]])),
  ...section(3, vector([[0]])),
  ...section(7, vector([[...text('step'), 0, 0]])),
  ...section(10, vector([[...leb(code.length), ...code]])),
])

/** The part of the WebAssembly API used here, which Node has but its type definitions lack. */
interface WebAssemblyApi {
  Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer }
  Module: new (bytes: Uint8Array) => object
  Instance: new (module: object, imports: object) => { readonly exports: Readonly<Record<string, unknown>> }
}

/** The kernel and its zeroed memory of `pages` times 64 KiB. */
export function adamKernel(pages: number): { step: AdamStep; buffer: ArrayBuffer } {
  const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly
  const memory = new Memory({ initial: pages })
  const instance = new Instance(new Module(MODULE), { attune: { memory } })
  return { step: instance.exports['step'] as AdamStep, buffer: memory.buffer }
}
