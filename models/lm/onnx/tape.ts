import type { Graph, Name } from './graph.js'

/** Gradient of one input: a tensor, or a node that adds itself onto the sum of the other contributions (null: none). */
export type Gradient = Name | ((sum: Name | null) => Name)

/** Emits the gradients of an operator's inputs from those of its outputs; null where none is wanted. */
export type Backward = (
  outputGradients: readonly Name[],
  wanted: readonly boolean[],
) => readonly (Gradient | null)[]

interface Entry {
  outputs: readonly Name[]
  inputs: readonly Name[]
  backward: Backward
}

/** Records differentiable operators while a graph is built and emits their gradients in reverse order. */
export class Tape {
  readonly #entries: Entry[] = []

  constructor(readonly graph: Graph) {}

  /** Notes how the gradients of `inputs` follow from those of `outputs`. */
  record(outputs: readonly Name[], inputs: readonly Name[], backward: Backward): void {
    this.#entries.push({ outputs, inputs, backward })
  }

  /**
   * Emits the gradients of the trainable tensors; only nodes on a path to one of them are emitted.
   * @param seeds gradient of the loss with respect to the tensors it is computed from
   * @throws RangeError for a trainable tensor that no seed depends on
   */
  gradients(seeds: ReadonlyMap<Name, Name>, trainable: readonly Name[]): Map<Name, Name> {
    const onPath = new Set(trainable)
    for (const { outputs, inputs } of this.#entries) {
      if (inputs.some((name) => onPath.has(name))) for (const name of outputs) onPath.add(name)
    }
    const sums = new Map(seeds)
    for (const { outputs, inputs, backward } of this.#entries.toReversed()) {
      const wanted = inputs.map((name) => onPath.has(name))
      const arrived = outputs.map((name) => sums.get(name))
      if (!wanted.includes(true) || arrived.every((name) => name === undefined)) continue
      if (!arrived.every((name) => name !== undefined))
        throw new RangeError('an output of an operator is unused')
      const gradients = backward(arrived, wanted)
      inputs.forEach((name, i) => {
        const gradient = gradients[i]
        if (!wanted[i] || gradient === null || gradient === undefined) return
        const sum = sums.get(name) ?? null
        if (typeof gradient === 'function') sums.set(name, gradient(sum))
        else sums.set(name, sum === null ? gradient : this.graph.node('Add', [sum, gradient]))
      })
    }
    return new Map(
      trainable.map((name) => {
        const sum = sums.get(name)
        if (sum === undefined) throw new RangeError(`the loss does not depend on ${name}`)
        return [name, sum]
      }),
    )
  }
}
