import { runSchema } from './schema.js'
import { type SchemaNode, schemaTree } from './schema-node.js'

/**
 * The JSON Schema of a run configuration as text, for editors: a file that begins with
 * `# yaml-language-server: $schema=./schema.json` is completed and checked while it is written.
 * Draft 7, which the YAML language server supports in full.
 */
export function jsonSchemaText(): string {
  const tree: SchemaNode = schemaTree(runSchema)
  return `${JSON.stringify({ title: 'attune run', ...tree }, null, 2)}\n`
}
