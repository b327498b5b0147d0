import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { runSchema } from '../../configs/schema.js'
import { Budget } from '../../models/calls/budget.js'
import { RunFolder } from '../../pipeline/run/run-folder.js'
import { costOf, spentSoFar } from '../../pipeline/run/spent.js'
import { trainNight } from '../../pipeline/stages/train-night.js'
import type { JobStatus, Trainer } from '../../trainers/trainer.js'
import { buildDayPairs } from '../../datasets/pairing/build-day-pairs.js'
import { rated, step } from '../datasets/arbitrary.js'
import { temporaryFolder } from '../helpers/run-folder.js'

const { pairs } = buildDayPairs([step([rated(1, 'Nap?'), rated(4, 'Tea?')])], { minMargin: 1 })
const nothing = { calls: 0, tokens: 0, usd: 0 }
const cap = (usd: number): Budget => new Budget({ usd, calls: null, tokens: null }, nothing)

/** A service that asks for 3 USD at most, and 1.50 in the end. */
function service(): Trainer & { created: number } {
  const status: JobStatus = { state: 'succeeded', progress: null, error: null }
  return {
    name: 'paid',
    created: 0,
    async submit({ key }, { save, onPlan } = {}) {
      await onPlan?.({ problems: [], notes: ['rows are shuffled'], usd: 3 })
      this.created++
      const handle = { backend: 'paid', key, id: 'job-1' }
      await save?.(handle)
      return handle
    },
    status: () => Promise.resolve(status),
    cancel: () => Promise.resolve(),
    collect(_handle, job) {
      const checkpoint = {
        id: '0123456789abcdef',
        parent: null,
        base: job.base,
        trainer: 'paid/1',
        pairs: 'x',
        location: 'ft:model',
        kind: 'hosted' as const,
        metrics: {},
      }
      return Promise.resolve({ checkpoint, log: [{ step: 1, loss: 0.7 }], usd: 1.5, seconds: 60 })
    },
  }
}

async function night(trainer: Trainer, budget: Budget) {
  const folder = new RunFolder(temporaryFolder())
  const files = folder.day('full', 'p', 1)
  mkdirSync(files.folder, { recursive: true })
  const notes: string[] = []
  const outcome = trainNight({
    trainer,
    config: runSchema.parse({ name: 'r', days: 1 }),
    persona: 'p',
    day: 1,
    files,
    base: 'gpt',
    parent: null,
    pairsByDay: () => Promise.resolve([pairs]),
    here: (work) => work(),
    budget,
    onNote: (note) => notes.push(note),
  })
  return { outcome, notes, folder, files }
}

it('a job that could pass the budget is not created', async () => {
  const trainer = service()
  const { outcome } = await night(trainer, cap(2))
  await expect(outcome).rejects.toMatchObject({ code: 'BUDGET_REACHED', details: { key: 'budget.usd' } })
  expect(trainer.created).toBe(0)
})

it('what a job costs is told before, kept after, and counts in the run', async () => {
  const { outcome, notes, folder, files } = await night(service(), cap(10))
  expect(await outcome).toMatchObject({ dir: null, checkpoint: { location: 'ft:model' } })
  expect(notes).toEqual(['paid: up to 3.00 USD', 'paid: rows are shuffled'])
  expect(JSON.parse(readFileSync(files.jobResult, 'utf8'))).toEqual({ usd: 1.5, seconds: 60 })
  const spent = await spentSoFar([join(folder.root, 'arms')])
  expect(spent).toMatchObject({ trainer: { calls: 1, usd: 1.5 } })
  expect(costOf(spent)).toEqual({ calls: 1, tokens: 0, usd: 1.5 })
})
