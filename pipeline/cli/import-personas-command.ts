import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { invalid } from '../../configs/invalid.js'
import { importPersonas, type ImportedPersona } from '../../configs/import/import-personas.js'
import { writePersona, type WrittenPersona } from '../../configs/import/write-persona.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { loadWorld, type World } from '../../configs/load-world.js'
import { nearest } from '../../configs/nearest.js'
import { loadPrompts } from '../../configs/prompts.js'
import { Budget } from '../../models/calls/budget.js'
import { LedgerSlot } from '../../models/calls/ledger.js'
import { checkEndpoint } from '../../models/endpoint/check-endpoint.js'
import { allOrFirstError } from '../../simulator/llm/all-or-first-error.js'
import { Endpoints } from '../live/endpoints.js'
import { costOf, spentSoFar } from '../run/spent.js'
import { MOST_CONVERSATIONS, type StructureOptions, structurePersona } from '../personas/structure-persona.js'
import { print } from './run-command.js'

export interface ImportPersonasOptions {
  out: string
  force: boolean
  json: boolean
  /** Configuration whose `models` has the entry that structures rubrics. */
  structure?: string
  /** Which entry; needed where there are several. */
  model?: string
}

type Persona = ImportedPersona['persona']
interface Imported extends ImportedPersona, WrittenPersona<Persona> {
  source: string
}

/**
 * `attune personas import`: writes each persona below a folder as a YAML file of ours, as text first, so that nothing is
 * lost when a model fails; then lets a model structure those that the built-in user cannot play yet.
 *
 * @throws AttuneError PERSONA_IMPORT_INCOMPLETE with every problem, after all that could be written was; what
 *   `importPersonas` throws; CONFIG_INVALID, PERSONA_IMPORT_MODEL, MODEL_KEY_MISSING before anything is written
 */
export async function importPersonasCommand(folder: string, options: ImportPersonasOptions): Promise<void> {
  const world = loadWorld()
  const ledger = new LedgerSlot()
  const structuring = await openModel(options, world, ledger)
  const { personas, problems, skipped } = importPersonas(folder, world, options.out)
  const written: Imported[] = []
  for (const found of personas) {
    try {
      const stands = await writePersona(options.out, found.persona, options)
      written.push({ ...found, ...stands, source: found.file })
    } catch (error) {
      if (!AttuneError.is(error)) throw error
      problems.push(error)
    }
  }
  const done = await structureAll(written, options.out, structuring, problems)
  await ledger.close()
  if (options.json) await print(`${JSON.stringify(document(done, skipped, options.out), null, 2)}\n`)
  else await print(done.map((each) => `${line(each)}\n`).join(''))
  if (!options.json) tell(done, skipped.length)
  if (problems.length > 0) {
    const told = problems.length === 1 ? 'one problem is' : `${problems.length} problems are`
    const message = `${done.length} ${done.length === 1 ? 'persona was' : 'personas were'} imported, ${told} left`
    throw new AttuneError('PERSONA_IMPORT_INCOMPLETE', 'data', message, {
      problems,
      hint: 'Mend them and run the same command again: what stands already is left as it is.',
    })
  }
}

/** The model that structures, within the budget of its configuration; its replies are on record in the output folder. */
async function openModel(
  { structure, model, out }: ImportPersonasOptions,
  world: World,
  ledger: LedgerSlot,
): Promise<StructureOptions | null> {
  if (structure === undefined) {
    if (model === undefined) return null
    const hint = 'Add `--structure <config>`, the configuration that has the entry.'
    throw new AttuneError('PERSONA_IMPORT_MODEL', 'usage', '`--model` needs `--structure`', { hint })
  }
  const { models, prompts, budget } = loadRunConfig(structure)
  const names = Object.keys(models)
  const name = model ?? (names.length === 1 ? names[0]! : undefined)
  if (name === undefined || !Object.hasOwn(models, name)) {
    const near = name === undefined ? undefined : nearest(name, names)
    const message =
      name === undefined
        ? names.length === 0
          ? 'the configuration has no `models`'
          : 'the configuration has several `models`'
        : `"${name}" is no entry of \`models\``
    throw new AttuneError('PERSONA_IMPORT_MODEL', 'usage', message, {
      file: structure,
      key: 'models',
      hint: near
        ? `Did you mean \`${near}\`?`
        : names.length === 0
          ? 'Add an entry: docs/personas.md has an example.'
          : `Choose one with \`--model\`: ${names.join(', ')}.`,
    })
  }
  const missing = checkEndpoint(name, models[name]!, process.env)
  if (missing.length > 0) throw invalid(missing, structure)
  const file = join(out, 'calls.jsonl')
  const before = costOf(existsSync(file) ? await spentSoFar([out]) : {})
  await ledger.open(file)
  const endpoints = new Endpoints(models, new Budget(budget, before))
  return { model: endpoints.model(name, 'import', ledger), prompts: loadPrompts(prompts), world }
}

/** Every persona as it stands in the end; those that could not be structured stay as they are. */
function structureAll(
  written: readonly Imported[],
  out: string,
  options: StructureOptions | null,
  problems: AttuneError[],
): Promise<Imported[]> {
  return allOrFirstError(
    written.map(async (each) => {
      const { persona, file } = each
      if (options === null || isStructured(persona)) return each
      try {
        const outcome = await structurePersona(persona, options)
        if (outcome.persona !== null) {
          await writePersona(out, outcome.persona, { force: true })
          process.stderr.write(`${persona.id}: structured\n`)
          return { ...each, persona: outcome.persona }
        }
        problems.push(unstructured(file, outcome.problem))
      } catch (error) {
        if (!AttuneError.is(error)) throw error
        // a refused key fails for every persona and is told once
        if (!problems.some(({ code, message }) => code === error.code && message === error.message))
          problems.push(error)
      }
      return each
    }),
  )
}

function unstructured(file: string, problem: string): AttuneError {
  const message = `the model did not structure it in ${MOST_CONVERSATIONS} conversations: ${problem}`
  return new AttuneError('PERSONA_IMPORT_UNSTRUCTURED', 'model', message, {
    file,
    hint: 'It stands as text, for raters that are language models. Use another model, write `wants` and `routine` by hand, or delete calls.jsonl to pay for new replies.',
  })
}

const isStructured = ({ wants, routine }: Persona): boolean => wants !== undefined && routine !== undefined

function line({ persona, file }: Imported): string {
  const kind = isStructured(persona) ? 'structured' : 'text'
  return `${persona.id.padEnd(32)} ${`${persona.name}, ${persona.age}`.padEnd(24)} ${kind.padEnd(10)} ${file}`
}

function tell(done: readonly Imported[], skipped: number): void {
  const lines = done
    .filter(({ source, ignored }) => ignored.length > 0 && !source.endsWith('scratch.json'))
    .map(({ source, ignored }) => `${source}: not taken over: ${ignored.join(', ')}`)
  if (skipped > 0) lines.push(`${skipped} JSON or YAML files are no personas and were passed over`)
  if (done.some(({ persona }) => !isStructured(persona)))
    lines.push('Personas of kind `text` need language models as life and rater, or `--structure <config>`.')
  if (lines.length > 0) process.stderr.write(`${lines.join('\n')}\n`)
}

function document(done: readonly Imported[], skipped: readonly string[], out: string): unknown {
  return {
    out,
    personas: done.map(({ persona, file, source, ignored }) => ({
      id: persona.id,
      name: persona.name,
      file,
      source,
      structured: isStructured(persona),
      ignored,
    })),
    skipped,
  }
}
