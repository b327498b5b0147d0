import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAnyPersonas, loadPersonas, personasFolder } from '../../configs/load-personas.js'
import { loadWorld } from '../../configs/load-world.js'
import { print } from './run-command.js'

/** `attune personas list`. */
export async function listPersonas({ json }: { json: boolean }): Promise<void> {
  const personas = loadPersonas('all', loadWorld())
  if (json) return print(`${JSON.stringify(personas, null, 2)}\n`)
  const traits = (persona: (typeof personas)[number]): string =>
    Object.entries(persona.bigFive)
      .map(([name, level]) => (level === 'high' ? name[0]!.toUpperCase() : name[0]!))
      .join('')
  const lines = personas.map((persona) => {
    const { id, name, age, wants } = persona
    const { frequency, communication } = wants
    const rate =
      frequency.by === 'pace'
        ? `every ${frequency.everyMinutes} min`
        : `${frequency.windows.reduce((sum, { count }) => sum + count, 0)} a day`
    return `${id.padEnd(28)} ${`${name}, ${age}`.padEnd(24)} ${traits(persona)}  ${rate.padEnd(14)} ${communication.tones.join(', ')}`
  })
  await print(`${lines.join('\n')}\n`)
}

/** `attune personas show`: the file as it was written. */
export async function showPersona(id: string): Promise<void> {
  const [persona] = loadAnyPersonas([id], loadWorld())
  const file = /\.ya?ml$/.test(id) ? id : join(personasFolder(), `${persona!.id}.yaml`)
  await print(readFileSync(file, 'utf8'))
}
