import type { z } from 'zod'
import { describeType } from './describe-type.js'
import { runSchema } from './schema.js'
import { alternatives, type SchemaNode, schemaTree } from './schema-node.js'

/** One key of a configuration file, as help and documentation show it. */
export interface KeyDescription {
  /** Dotted key, e.g. `trainer.lora.rank`; `arms.<name>` for keys that a user names. */
  readonly key: string
  /** In words, e.g. `whole number of at least 1`. */
  readonly type: string
  /** In YAML's flow style; undefined for a section, or a key that must be set. */
  readonly default?: string
  readonly required: boolean
  readonly meaning: string
  /** A section only groups the keys below it. */
  readonly section: boolean
}

/** All keys of a schema (that of a run unless another is given) in the order of the file, sections first. */
export function describeKeys(schema: z.ZodType = runSchema): KeyDescription[] {
  return below(schemaTree(schema), '')
}

function below(node: SchemaNode, above: string): KeyDescription[] {
  return alternatives(node).flatMap((each) => {
    const named = Object.entries(each.properties ?? {})
    const free =
      typeof each.additionalProperties === 'object' && each.additionalProperties.description !== undefined
    const children: [string, SchemaNode][] = free ? [['<name>', each.additionalProperties as SchemaNode]] : []
    return [
      ...named.flatMap(([name, child]) =>
        keys(join(above, name), child, each.required?.includes(name) ?? false),
      ),
      ...children.flatMap(([name, child]) => keys(join(above, name), child, false)),
    ]
  })
}

function keys(key: string, node: SchemaNode, required: boolean): KeyDescription[] {
  const section = node.properties !== undefined
  const standard = section || node.default === undefined ? undefined : flow(node.default)
  const own: KeyDescription = {
    key,
    type: section ? 'section' : describeType(node),
    ...(standard !== undefined && { default: standard }),
    required,
    meaning: node.description ?? '',
    section,
  }
  return [own, ...below(node, key)]
}

function join(above: string, name: string): string {
  return above === '' ? name : `${above}.${name}`
}

function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`
  if (typeof value === 'object' && value !== null) {
    const entries = Object.entries(value).map(([key, inner]) => `${key}: ${flow(inner)}`)
    return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`
  }
  return String(value)
}
