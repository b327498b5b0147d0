import { loadPersonas } from '../../configs/load-personas.js'
import { loadWorld } from '../../configs/load-world.js'
import type { Persona } from '../../configs/persona.js'
import type { Candidate } from '../../datasets/schema.js'

export const world = loadWorld()
export const personas = loadPersonas('all', world)

export function personaNamed(id: string): Persona {
  const persona = personas.find((each) => each.id === id)
  if (!persona) throw new RangeError(`there is no persona ${id}`)
  return persona
}

export const saying = (text: string | null): Candidate => ({
  text,
  origin: 'sampled',
  malformed: false,
  reply: null,
  logProb: null,
})

export function mean(values: readonly (number | null)[]): number {
  const known = values.filter((value) => value !== null)
  return known.reduce((sum, value) => sum + value, 0) / known.length
}
