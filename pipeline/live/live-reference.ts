import { mkdir } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import type { Assistant } from '../../assistant/assistant.js'
import { ioError, writeJsonAtomic } from '../../common/files.js'
import type { RunConfig } from '../../configs/schema.js'
import { dayMetrics } from '../../datasets/metrics/day-metrics.js'
import type { LedgerSlot } from '../../models/calls/ledger.js'
import type { UserAgent } from '../../simulator/user-agent.js'
import type { Emit } from '../progress/events.js'
import type { RunFolder } from '../run/run-folder.js'
import { collectDay } from '../stages/collect-day.js'
import { stepSecondsOf, wishOf } from '../stages/measure-day.js'

export interface LiveReferenceOptions {
  folder: RunFolder
  policy: string
  /** Id. */
  persona: string
  config: RunConfig
  user: UserAgent
  assistant: Assistant
  /** Takes the paid ratings of a day; null for the built-in user. */
  ledger: LedgerSlot | null
  signal?: AbortSignal | undefined
  emit: Emit
}

/** Lives the days of one persona under a policy without a model; days whose metrics stand are not lived again. */
export async function liveReference(options: LiveReferenceOptions): Promise<void> {
  const { folder, policy: arm, persona, config, user, assistant, ledger, signal, emit } = options
  for (let day = 1; day <= config.days; day++) {
    const files = folder.referenceDay(arm, persona, day)
    if (existsSync(files.metrics)) continue
    signal?.throwIfAborted()
    await mkdir(files.folder, { recursive: true }).catch((cause: unknown) => {
      throw ioError('write', files.folder, cause)
    })
    const calls = await ledger?.open(files.calls)
    try {
      const plan = await user.planDay(day, { signal })
      const records = await collectDay({ user, assistant, plan, delaySteps: 0, journal: null, signal })
      const figures = dayMetrics(records, wishOf(plan), stepSecondsOf(plan, config.simulator))
      await writeJsonAtomic(files.metrics, calls ? { ...figures, spent: calls.spent } : figures)
    } finally {
      await ledger?.close()
    }
    emit({ type: 'stage', arm, persona, day, stage: 'measure', done: day, of: config.days })
  }
  emit({ type: 'task-done', arm, persona })
}
