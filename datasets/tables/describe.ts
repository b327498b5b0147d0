import { DataType, type Field, type Schema } from 'apache-arrow'
import { DESCRIPTION_KEY } from './columns.js'

/** The columns of a table as Markdown: name, type, nullable, description. For docs/data.md and dataset cards. */
export function describeTable(schema: Schema): string {
  const head = ['| column | type | null | description |', '| --- | --- | --- | --- |']
  return [...head, ...schema.fields.flatMap((field) => lines(field, ''))].join('\n')
}

function lines(field: Field, prefix: string): string[] {
  const name = `${prefix}${field.name}`
  const { type } = field
  const description = field.metadata.get(DESCRIPTION_KEY) ?? ''
  const line = `| \`${name}\` | ${typeName(String(field.type))} | ${field.nullable ? 'yes' : 'no'} | ${description} |`
  const item: unknown = DataType.isList(type) ? type.valueType : type
  return DataType.isStruct(item) ? [line, ...item.children.flatMap((f) => lines(f, `${name}.`))] : [line]
}

function typeName(type: string): string {
  return type.startsWith('List') ? 'list of structs' : type.toLowerCase().replace('utf8', 'string')
}
