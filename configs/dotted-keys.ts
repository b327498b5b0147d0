import { alternatives, type SchemaNode } from './schema-node.js'

/** Every key of a configuration in dotted form, sections included, in the order of the schema. */
export function dottedKeys(tree: SchemaNode, above = ''): string[] {
  return alternatives(tree).flatMap((node) =>
    Object.entries(node.properties ?? {}).flatMap(([name, child]) => {
      const key = above === '' ? name : `${above}.${name}`
      return [key, ...dottedKeys(child, key)]
    }),
  )
}
