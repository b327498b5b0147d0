import { Tensor } from 'onnxruntime-node'
import { expect } from 'vitest'
import { randomAt } from '../../../../common/random.js'
import { Graph, type Name } from '../../../../models/lm/onnx/graph.js'
import { createSession } from '../../../../models/lm/onnx/session.js'
import { Tape } from '../../../../models/lm/onnx/tape.js'

const STEP = 1 / 128
const TOLERANCE = 3e-3

const sizeOf = (dims: readonly number[]): number => dims.reduce((product, n) => product * n, 1)

/**
 * Compares the gradients of an operator with central differences of sum(seed * output), all inputs drawn at random.
 * @param build emits the operator from the differentiable inputs, declared with the given shapes
 */
export async function checkGradients(
  inputs: Readonly<Record<string, readonly number[]>>,
  outputDims: readonly (readonly number[])[],
  build: (tape: Tape, graph: Graph) => Name | readonly Name[],
): Promise<void> {
  const graph = new Graph()
  const tape = new Tape(graph)
  const names = Object.keys(inputs)
  for (const name of names) graph.input(name, 'float32', inputs[name]!)
  const built = build(tape, graph)
  const outputs: readonly Name[] = typeof built === 'string' ? [built] : built
  const seeds = outputs.map((_, i) => graph.input(`seed${i}`, 'float32', outputDims[i]!))
  const gradients = tape.gradients(new Map(outputs.map((name, i) => [name, seeds[i]!])), names)
  const session = await createSession(graph.toBytes([...outputs, ...gradients.values()]))

  const random = randomAt('gradient', ...names)
  const draw = (dims: readonly number[]): Float32Array =>
    Float32Array.from({ length: sizeOf(dims) }, () => Math.round(random.normal() * 64) / 64)
  const values = new Map(names.map((name) => [name, draw(inputs[name]!)]))
  const weights = outputDims.map(draw)
  const run = async (): Promise<Record<string, Float32Array>> => {
    const feeds: Record<string, Tensor> = {}
    for (const [name, data] of values) feeds[name] = new Tensor('float32', data, inputs[name])
    weights.forEach((data, i) => (feeds[seeds[i]!] = new Tensor('float32', data, outputDims[i])))
    const results = await session.run(feeds)
    return Object.fromEntries(
      Object.entries(results).map(([name, tensor]) => [name, tensor.data as Float32Array]),
    )
  }
  const total = async (): Promise<number> => {
    const results = await run()
    return outputs.reduce(
      (sum, name, i) => sum + weights[i]!.reduce((s, w, k) => s + w * results[name]![k]!, 0),
      0,
    )
  }

  const analytic = await run()
  for (const [name, data] of values) {
    for (let i = 0; i < data.length; i++) {
      const at = data[i]!
      data[i] = at + STEP
      const above = await total()
      data[i] = at - STEP
      const below = await total()
      data[i] = at
      const gradient = analytic[gradients.get(name)!]![i]!
      const difference = (above - below) / (2 * STEP)
      expect(
        Math.abs(gradient - difference),
        `${name}[${i}]: ${gradient} against ${difference}`,
      ).toBeLessThan(TOLERANCE * Math.max(1, Math.abs(difference)))
    }
  }
}
