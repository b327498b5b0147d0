import { mkdir } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { ioError, writeJsonAtomic } from '../../common/files.js'
import type { World } from '../../configs/load-world.js'
import type { Persona } from '../../configs/persona.js'
import type { ReferencePolicy, RunConfig } from '../../configs/schema.js'
import { dayMetrics } from '../../datasets/metrics/day-metrics.js'
import { RubricUser } from '../../simulator/rubric-user.js'
import { Understanding } from '../../simulator/understand.js'
import type { Emit } from '../progress/events.js'
import { referencePolicy } from '../references/reference-policies.js'
import type { RunFolder } from '../run/run-folder.js'
import { collectDay } from '../stages/collect-day.js'
import { wishOf } from '../stages/measure-day.js'

export interface LiveReferenceOptions {
  folder: RunFolder
  policy: ReferencePolicy
  persona: Persona
  world: World
  config: RunConfig
  signal?: AbortSignal
  emit: Emit
}

/** Lives the days of one persona under a policy without a model; days whose metrics stand are not lived again. */
export async function liveReference(options: LiveReferenceOptions): Promise<void> {
  const { folder, policy, persona, world, config, signal, emit } = options
  const { catalogue } = world
  const understanding = new Understanding(catalogue)
  const { seed, simulator } = config
  const user = new RubricUser({ persona, ...world, understanding, simulator, seed })
  const assistant = referencePolicy({ policy, persona, world, user, seed })
  for (let day = 1; day <= config.days; day++) {
    const files = folder.referenceDay(policy, persona.id, day)
    if (existsSync(files.metrics)) continue
    signal?.throwIfAborted()
    const plan = await user.planDay(day)
    const records = await collectDay({ user, assistant, plan, delaySteps: 0, journal: null, signal })
    await mkdir(files.folder, { recursive: true }).catch((cause: unknown) => {
      throw ioError('write', files.folder, cause)
    })
    await writeJsonAtomic(files.metrics, dayMetrics(records, wishOf(plan), simulator.stepSeconds))
    emit({
      type: 'stage',
      arm: policy,
      persona: persona.id,
      day,
      stage: 'measure',
      done: day,
      of: config.days,
    })
  }
  emit({ type: 'task-done', arm: policy, persona: persona.id })
}
