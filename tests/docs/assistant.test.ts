import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { formatText } from '../../assistant/prompt/chat-format.js'
import { packageRoot } from '../../common/package-root.js'
import { PROMPTS } from '../../configs/prompt-names.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { prompts } from '../assistant/helpers.js'
import { temporaryFolder } from '../helpers/run-folder.js'
import { put } from '../helpers/scratch.js'

const page = readFileSync(join(packageRoot(), 'docs/assistant.md'), 'utf8')
const block = (language: string): string =>
  new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``).exec(page)?.[1] ?? ''

test('the run file that docs/assistant.md shows loads', () => {
  const { assistant } = loadRunConfig(put(temporaryFolder(), 'run.yaml', block('yaml')))
  expect(assistant.prompt).toBe('chat')
})

test('the system message that it shows is the one that is sent', () => {
  const { system } = prompts.fill('assistant', {
    format: formatText('none'),
    persona: '',
    memory: '',
    now: '',
  })
  expect(block('text').trim()).toBe(system!.replaceAll(/\n{3,}/g, '\n\n'))
})

test('the prompt files that it lists are those of the assistant, with their variables', () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)\.md` \| ?([^|]*)\|/gm)].map(
    ([, name = '', variables = '']) => [
      name,
      [...variables.matchAll(/`([a-z]+)`/g)].map(([, variable]) => variable),
    ],
  )
  const own = Object.entries(PROMPTS).filter(([name]) => /^(assistant|summarise)/.test(name))
  expect(rows).toEqual(own)
})
