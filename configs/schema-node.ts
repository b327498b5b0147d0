import { z } from 'zod'

/** The part of JSON Schema (draft 7) that zod writes and attune reads: keys, types, ranges, defaults, meanings. */
export interface SchemaNode {
  $ref?: string
  type?: string
  description?: string
  default?: unknown
  const?: unknown
  enum?: unknown[]
  anyOf?: SchemaNode[]
  oneOf?: SchemaNode[]
  allOf?: SchemaNode[]
  properties?: Record<string, SchemaNode>
  additionalProperties?: SchemaNode | boolean
  required?: string[]
  items?: SchemaNode | SchemaNode[]
  minimum?: number
  maximum?: number
  exclusiveMinimum?: number
  exclusiveMaximum?: number
  minItems?: number
  maxItems?: number
  minLength?: number
  maxLength?: number
  pattern?: string
}

export type Path = readonly (string | number)[]

const trees = new WeakMap<z.ZodType, SchemaNode>()

/** A zod schema as a JSON Schema tree of what a user writes (defaults are optional); made once a schema. */
export function schemaTree(schema: z.ZodType): SchemaNode {
  let tree = trees.get(schema)
  if (tree === undefined) {
    tree = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', unrepresentable: 'any' }) as SchemaNode
    trees.set(schema, tree)
  }
  return tree
}

/** The alternatives of a union, else the node itself. */
export function alternatives(node: SchemaNode): SchemaNode[] {
  const inner = node.anyOf ?? node.oneOf
  return inner === undefined ? [node] : inner.flatMap(alternatives)
}

/** The node that describes the value at `path`, or undefined where the schema says nothing about it. */
export function nodeAt(tree: SchemaNode, path: Path): SchemaNode | undefined {
  let nodes: SchemaNode[] = [tree]
  for (const step of path) {
    nodes = nodes.flatMap(alternatives).flatMap((node) => child(node, step) ?? [])
    if (nodes.length === 0) return undefined
  }
  return nodes.length > 1 ? { anyOf: nodes } : nodes[0]
}

/** Names that may stand as keys in the object at `path`; empty where any name may. */
export function keysAt(tree: SchemaNode, path: Path): string[] {
  const node = nodeAt(tree, path)
  return node === undefined ? [] : alternatives(node).flatMap((each) => Object.keys(each.properties ?? {}))
}

function child(node: SchemaNode, step: string | number): SchemaNode | undefined {
  if (typeof step === 'number') return Array.isArray(node.items) ? node.items[step] : node.items
  const { properties, additionalProperties } = node
  if (properties !== undefined && Object.hasOwn(properties, step)) return properties[step]
  return typeof additionalProperties === 'object' ? additionalProperties : undefined
}
