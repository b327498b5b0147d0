import { ModelProto } from './schema.js'

/** Name of a tensor inside a graph. */
export type Name = string

/** Extent of a dimension; a string names one that is known only when the graph runs. */
export type Dim = number | string

const FLOAT = 1
const INT32 = 6
const INT64 = 7
const ELEMENT_TYPES = { float32: FLOAT, int32: INT32, int64: INT64 } as const
export type ElementType = keyof typeof ELEMENT_TYPES

/** An attribute of a node; its type is stated, because ONNX tells 1 and 1.0 apart. */
export type Attribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'ints'; readonly value: readonly number[] }
export type Attributes = Readonly<Record<string, Attribute>>

export const int = (value: number): Attribute => ({ type: 'int', value })
export const float = (value: number): Attribute => ({ type: 'float', value })
export const ints = (value: readonly number[]): Attribute => ({ type: 'ints', value })
export const string = (value: string): Attribute => ({ type: 'string', value })

interface NodeMessage {
  opType: string
  name: string
  domain: string
  input: Name[]
  output: Name[]
  attribute: object[]
}

function attributeMessage(name: string, attribute: Attribute): object {
  if (attribute.type === 'float') return { name, type: 1, f: attribute.value }
  if (attribute.type === 'int') return { name, type: 2, i: attribute.value }
  if (attribute.type === 'string') return { name, type: 3, s: new TextEncoder().encode(attribute.value) }
  return { name, type: 7, ints: attribute.value }
}

function typeMessage(dtype: ElementType, dims: readonly Dim[]): object {
  const dim = dims.map((d) => (typeof d === 'string' ? { dimParam: d } : { dimValue: d }))
  return { tensorType: { elemType: ELEMENT_TYPES[dtype], shape: { dim } } }
}

const bytesOf = (data: Float32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** An ONNX graph under construction: opset 18, IR version 8, f32 and int64 tensors. */
export class Graph {
  readonly #nodes: NodeMessage[] = []
  readonly #initializers = new Map<Name, object>()
  readonly #inputs = new Map<Name, object>()
  readonly #constants = new Map<string, Name>()
  #count = 0

  /** Nodes so far. */
  get size(): number {
    return this.#nodes.length
  }

  #fresh(prefix: string): Name {
    return `${prefix}_${this.#count++}`
  }

  /** Declares an input; feeds use its name as it is. */
  input(name: Name, dtype: ElementType, dims: readonly Dim[]): Name {
    this.#inputs.set(name, { name, type: typeMessage(dtype, dims) })
    return name
  }

  #constant(data: Float32Array | BigInt64Array, dataType: number, dims: readonly number[]): Name {
    const add = (name: Name): Name => {
      this.#initializers.set(name, { name, dataType, dims, rawData: bytesOf(data) })
      return name
    }
    if (data.length > 16) return add(this.#fresh('constant'))
    const key = `${dataType}[${dims.join()}]:${data.join()}`
    const known = this.#constants.get(key)
    if (known !== undefined) return known
    const name = add(this.#fresh('constant'))
    this.#constants.set(key, name)
    return name
  }

  /** An f32 constant; `dims` [] is a scalar. A Float32Array is used as it is, not copied. */
  floats(data: ArrayLike<number>, dims: readonly number[]): Name {
    return this.#constant(data instanceof Float32Array ? data : Float32Array.from(data), FLOAT, dims)
  }

  /** An f32 scalar constant. */
  scalar(value: number): Name {
    return this.floats([value], [])
  }

  /** An int64 constant; without `dims` a vector. */
  ints(data: readonly number[], dims: readonly number[] = [data.length]): Name {
    return this.#constant(BigInt64Array.from(data, BigInt), INT64, dims)
  }

  /**
   * Adds a node of the standard operator set, or of `com.microsoft` where `opType` is written `com.microsoft.X`.
   * @param inputs names in the operator's order; '' leaves out an optional one
   * @returns the name of its output, or the names when `outputs` says how many
   */
  node(opType: string, inputs: readonly Name[], attributes?: Attributes): Name
  node(opType: string, inputs: readonly Name[], attributes: Attributes, outputs: number): Name[]
  node(
    opType: string,
    inputs: readonly Name[],
    attributes: Attributes = {},
    outputs?: number,
  ): Name | Name[] {
    const dot = opType.lastIndexOf('.')
    const bare = opType.slice(dot + 1)
    const output = Array.from({ length: outputs ?? 1 }, () => this.#fresh(bare))
    this.#nodes.push({
      opType: bare,
      domain: dot < 0 ? '' : opType.slice(0, dot),
      name: this.#fresh('node'),
      input: [...inputs],
      output,
      attribute: Object.entries(attributes).map(([name, attribute]) => attributeMessage(name, attribute)),
    })
    return outputs === undefined ? output[0]! : output
  }

  /** Gives a tensor a name of your choice, e.g. for an output. */
  rename(tensor: Name, name: Name): Name {
    const node = {
      opType: 'Identity',
      domain: '',
      name: this.#fresh('node'),
      input: [tensor],
      output: [name],
      attribute: [],
    }
    this.#nodes.push(node)
    return name
  }

  /** The serialised model. @param outputs f32 tensors to return; nodes and inputs that none of them needs are left out */
  toBytes(outputs: readonly Name[]): Uint8Array {
    const needed = new Set(outputs)
    const nodes: NodeMessage[] = []
    for (const node of this.#nodes.toReversed()) {
      if (!node.output.some((name) => needed.has(name))) continue
      for (const name of node.input) needed.add(name)
      nodes.push(node)
    }
    const of = (tensors: ReadonlyMap<Name, object>): object[] =>
      [...tensors].filter(([name]) => needed.has(name)).map(([, tensor]) => tensor)
    const message = {
      irVersion: 8,
      producerName: 'attune',
      opsetImport: [
        { domain: '', version: 18 },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: {
        name: 'attune',
        node: nodes.reverse(),
        initializer: of(this.#initializers),
        input: of(this.#inputs),
        output: outputs.map((name) => ({ name, type: { tensorType: { elemType: FLOAT } } })),
      },
    }
    return ModelProto.encode(ModelProto.create(message)).finish()
  }
}
