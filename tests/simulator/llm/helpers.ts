import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PROMPTS, type PromptName } from '../../../configs/prompt-names.js'
import { Prompts, promptsFolder } from '../../../configs/prompts.js'

const fileOf = (name: string): string => join(promptsFolder(), `${name}.md`)

/** The prompts that ship with attune. */
export const prompts = new Prompts(
  Object.fromEntries(
    (Object.keys(PROMPTS) as PromptName[])
      .filter((name) => existsSync(fileOf(name)))
      .map((name) => [name, readFileSync(fileOf(name), 'utf8')]),
  ) as Record<PromptName, string>,
)
