import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CallEntry } from '../../models/calls/call-entry.js'
import type { LlmServer } from '../support/llm-server.js'
import { AMARA, BRUNO, configFile, filesIn } from './run-folder.js'

/** Writes a configuration in which every role is a model behind this server. */
export function llmConfig(folder: string, { url }: LlmServer, changes: Record<string, unknown> = {}): string {
  const entry = (model: string) => ({ model, url, price: { input: 1, output: 4 }, retries: 12 })
  return configFile(folder, {
    days: 1,
    personas: [AMARA, BRUNO],
    simulator: { stepSeconds: 1800, life: 'life', rater: 'rater' },
    assistant: { model: 'assistant', prompt: 'chat' },
    pairs: {},
    trainer: { backend: 'none' },
    references: [],
    workers: 'auto',
    models: { life: entry('life'), rater: entry('rater'), assistant: entry('assistant') },
    ...changes,
  })
}

/** Every line of every ledger below a folder. */
export function ledgerOf(run: string): CallEntry[] {
  return filesIn(run)
    .filter((file) => file.endsWith('calls.jsonl'))
    .flatMap((file) => readFileSync(join(run, file), 'utf8').split('\n'))
    .flatMap((line) => (line.endsWith('}') ? [JSON.parse(line) as CallEntry] : []))
}

/** How often each different request was answered in full, by what was asked. */
export function answersOf({ requests }: LlmServer): number[] {
  const times = new Map<string, number>()
  for (const { body, outcome } of requests) {
    if (outcome !== '200' && outcome !== 'malformed') continue
    const asked = JSON.stringify(body)
    times.set(asked, (times.get(asked) ?? 0) + 1)
  }
  return [...times.values()]
}
