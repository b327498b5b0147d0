import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { canonicalJson } from '../common/canonical-json.js'
import { AttuneError } from '../common/error.js'
import { sha256Hex } from '../common/files.js'
import { packageRoot } from '../common/package-root.js'
import { invalid } from './invalid.js'
import { nearest } from './nearest.js'
import { PROMPTS, type PromptName, type PromptVariables } from './prompt-names.js'

/** A filled-in prompt; `system` is null for files without a system part. */
export interface PromptText {
  system: string | null
  user: string
}

/** A line that parts a prompt file: what stands before it is the system message, constant for the server's cache. */
const DIVIDER = /^=== user ===$/m
const VARIABLE = /\{\{\s*([^{}]*?)\s*\}\}/g

/** The prompts of a run, read and checked once. */
export class Prompts {
  constructor(private readonly texts: Readonly<Record<PromptName, string>>) {}

  /** SHA-256 of all prompts: part of what makes a run. */
  get hash(): string {
    return sha256Hex(canonicalJson(this.texts))
  }

  /** Puts values in the place of variables; what stands in a value is never taken for a variable. */
  fill<N extends PromptName>(name: N, variables: PromptVariables<N>): PromptText {
    const values: Readonly<Record<string, string>> = variables
    const fill = (text: string): string => text.replaceAll(VARIABLE, (_, key: string) => values[key]!).trim()
    const [before, after] = this.texts[name].split(DIVIDER)
    return after === undefined
      ? { system: null, user: fill(before!) }
      : { system: fill(before!), user: fill(after) }
  }
}

/** Folder of the prompts that ship with attune. */
export const promptsFolder = (): string => join(packageRoot(), 'configs', 'prompts')

/**
 * Reads all prompts: those of `folder`, and for what it lacks the ones that ship with attune.
 *
 * @throws AttuneError CONFIG_INVALID with every problem: PROMPT_UNKNOWN (a file that is no prompt),
 *   PROMPT_VARIABLE_UNKNOWN, PROMPT_VARIABLE_MISSING, each with file and line; PROMPTS_MISSING without the folder
 */
export function loadPrompts(folder: string | null): Prompts {
  const own = folder === null ? null : resolve(folder)
  if (own !== null && !existsSync(own)) {
    throw new AttuneError('PROMPTS_MISSING', 'config', `there is no folder ${own}`, {
      key: 'prompts',
      hint: 'Copy the files you want to change from configs/prompts into a folder of yours.',
    })
  }
  const names = Object.keys(PROMPTS) as PromptName[]
  const problems = own === null ? [] : strangers(own, names)
  const texts = Object.fromEntries(
    names.map((name) => {
      const mine = own === null ? null : join(own, `${name}.md`)
      const file = mine !== null && existsSync(mine) ? mine : join(promptsFolder(), `${name}.md`)
      const text = readFileSync(file, 'utf8').replaceAll('\r\n', '\n')
      problems.push(...problemsIn(text, file, PROMPTS[name]))
      return [name, text]
    }),
  ) as Record<PromptName, string>
  if (problems.length > 0) throw invalid(problems)
  return new Prompts(texts)
}

function strangers(folder: string, names: readonly PromptName[]): AttuneError[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.md') && !names.some((name) => file === `${name}.md`))
    .filter((file) => file !== 'README.md')
    .map((file) => {
      const near = nearest(file.slice(0, -3), names)
      return new AttuneError('PROMPT_UNKNOWN', 'config', `no prompt has the name ${file}`, {
        file: join(folder, file),
        hint: near ? `Did you mean \`${near}.md\`?` : `Prompts are ${names.join(', ')}.`,
      })
    })
}

function problemsIn(text: string, file: string, variables: readonly string[]): AttuneError[] {
  const used = [...text.matchAll(VARIABLE)].map((match) => ({
    name: match[1]!,
    line: text.slice(0, match.index).split('\n').length,
  }))
  const unknown = used
    .filter(({ name }) => !variables.includes(name))
    .map(({ name, line }) => {
      const near = nearest(name, variables)
      return new AttuneError('PROMPT_VARIABLE_UNKNOWN', 'config', `there is no variable {{${name}}} here`, {
        file,
        line,
        hint: near
          ? `Did you mean {{${near}}}?`
          : variables.length > 0
            ? `This prompt has ${variables.join(', ')}.`
            : 'This prompt has no variables.',
      })
    })
  const missing = variables
    .filter((variable) => !used.some(({ name }) => name === variable))
    .map(
      (variable) =>
        new AttuneError(
          'PROMPT_VARIABLE_MISSING',
          'config',
          `{{${variable}}} does not stand in this prompt`,
          {
            file,
            hint: `Put {{${variable}}} where the text belongs.`,
          },
        ),
    )
  return [...unknown, ...missing]
}
