import { z } from 'zod'
import { Objection } from './play-server.js'

/** A body that must be exactly of a shape: unknown fields and wrong types are refused, as services do. */
export function checkBody<T>(schema: z.ZodType<T>, value: unknown): T {
  const checked = schema.safeParse(value)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  throw new Objection(400, `${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'invalid'}`)
}

const message = <Role extends string>(...roles: Role[]) =>
  z.strictObject({ role: z.enum(roles), content: z.string().min(1) })

const row = z.strictObject({
  input: z.strictObject({ messages: z.array(message('system', 'user', 'assistant')).min(1) }),
  preferred_output: z.tuple([message('assistant')]),
  non_preferred_output: z.tuple([message('assistant')]),
})

/** Rows of a preference file: one assistant message on each side, the last message of the input by the user. */
export function checkRows(text: string, least: number): number {
  const lines = text.split('\n').filter((line) => line !== '')
  for (const line of lines) {
    const { input } = checkBody(row, JSON.parse(line))
    if (input.messages.at(-1)?.role !== 'user') throw new Objection(400, 'last message is not the user’s')
  }
  if (lines.length < least)
    throw new Objection(400, `Training file has ${lines.length} examples, minimum ${least}`)
  return lines.length
}
