const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1)

/** Named f32 tensors in one flat array, so that an optimiser or a copy touches one block of memory. */
export class Weights {
  readonly flat: Float32Array
  readonly #offsets = new Map<string, number>()

  /** @param flat used as it is, not copied; its length must be the sum of the sizes. @throws RangeError otherwise */
  constructor(
    readonly shapes: ReadonlyMap<string, readonly number[]>,
    flat?: Float32Array,
  ) {
    let size = 0
    for (const [name, shape] of shapes) {
      this.#offsets.set(name, size)
      size += sizeOf(shape)
    }
    if (flat && flat.length !== size) throw new RangeError(`${flat.length} values for tensors of ${size}`)
    this.flat = flat ?? new Float32Array(size)
  }

  get names(): string[] {
    return [...this.shapes.keys()]
  }

  /** View into `flat`. @throws RangeError for an unknown name */
  get(name: string): Float32Array {
    const shape = this.shapes.get(name)
    const offset = this.#offsets.get(name)
    if (!shape || offset === undefined) throw new RangeError(`no tensor ${name}`)
    return this.flat.subarray(offset, offset + sizeOf(shape))
  }

  clone(): Weights {
    return new Weights(this.shapes, this.flat.slice())
  }
}
