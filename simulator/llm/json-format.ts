import { z } from 'zod'
import type { JsonFormat } from '../../models/chat-model.js'

/** What every server that enforces a schema understands; limits of lengths and numbers are checked on reading. */
const UNDERSTOOD = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'items',
  'enum',
  'const',
  'anyOf',
  'oneOf',
  'description',
])

/**
 * The form of a zod schema as servers take it: as it is written, before transforms. Servers want every property to be
 * there, so what may be absent should be nullish.
 */
export function jsonFormat(name: string, schema: z.ZodType): JsonFormat {
  let form = forms.get(schema)
  if (!form) forms.set(schema, (form = understood(z.toJSONSchema(schema, { io: 'input' }))))
  return { name, schema: form }
}

/** The few schemas of a run are asked for at every step. */
const forms = new WeakMap<z.ZodType, Record<string, unknown>>()

function understood(schema: object): Record<string, unknown> {
  const kept = Object.entries(schema).filter(([key]) => UNDERSTOOD.has(key))
  const form: Record<string, unknown> = Object.fromEntries(
    kept.map(([key, value]: [string, unknown]) => {
      if (key === 'properties') return [key, mapValues(value as Record<string, object>, understood)]
      if (key === 'items') return [key, understood(value as object)]
      if (key === 'anyOf' || key === 'oneOf') return ['anyOf', (value as object[]).map(understood)]
      return [key, value]
    }),
  )
  const { properties } = form
  return properties ? { ...form, required: Object.keys(properties), additionalProperties: false } : form
}

function mapValues(of: Record<string, object>, to: (value: object) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(of).map(([key, value]) => [key, to(value)]))
}
