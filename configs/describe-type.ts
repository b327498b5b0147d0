import { alternatives, type SchemaNode } from './schema-node.js'

/** What may stand at a node, in words: `whole number from 30 to 3600`, `one of rubric, llm`, `list of text`. */
export function describeType(node: SchemaNode): string {
  const options = alternatives(node)
  if (options.length > 1) return [...new Set(options.map(describeType))].join(' or ')
  if (node.const !== undefined) return JSON.stringify(node.const)
  if (node.enum !== undefined) return oneOf(node.enum)
  switch (node.type) {
    case 'integer':
      return `whole number${range(node)}`
    case 'number':
      return `number${range(node)}`
    case 'string':
      return text(node)
    case 'boolean':
      return 'true or false'
    case 'null':
      return 'null'
    case 'array':
      return list(node)
    case 'object':
      return node.properties === undefined ? 'mapping of names to values' : 'mapping'
    default:
      return 'any value'
  }
}

function oneOf(values: unknown[]): string {
  const names = values.map(String)
  return names.length === 1 ? JSON.stringify(values[0]) : `one of ${names.join(', ')}`
}

function range(node: SchemaNode): string {
  const low = node.minimum !== undefined && node.minimum > Number.MIN_SAFE_INTEGER ? node.minimum : undefined
  const high = node.maximum !== undefined && node.maximum < Number.MAX_SAFE_INTEGER ? node.maximum : undefined
  const { exclusiveMinimum: above, exclusiveMaximum: below } = node
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`
  const parts = [
    low === undefined ? '' : ` of at least ${low}`,
    above === undefined ? '' : ` above ${above}`,
    high === undefined ? '' : ` of at most ${high}`,
    below === undefined ? '' : ` below ${below}`,
  ].filter((part) => part !== '')
  return parts.join(' and')
}

function text(node: SchemaNode): string {
  if (node.maxLength !== undefined) return `text of ${node.minLength ?? 0} to ${node.maxLength} characters`
  return node.minLength !== undefined && node.minLength > 0 ? 'text that is not empty' : 'text'
}

function list(node: SchemaNode): string {
  const { minItems, maxItems, items } = node
  const inner = items === undefined || Array.isArray(items) ? 'values' : describeType(items)
  const length = [
    minItems === undefined || minItems === 0 ? '' : `at least ${minItems}`,
    maxItems === undefined ? '' : `at most ${maxItems}`,
  ].filter((part) => part !== '')
  return `list${length.length === 0 ? '' : ` (${length.join(', ')})`} of ${inner}`
}
