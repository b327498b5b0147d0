import { sha256Hex } from '../../../common/files.js'
import { trainer } from '../../../configs/run/trainer.js'
import type { TrainerConfig } from '../../../configs/schema.js'
import type { PreferencePair } from '../../../datasets/schema.js'
import type { TrainingJob } from '../../../trainers/trainer.js'

/** Pairs of one night, each different. */
export function somePairs(count = 12): PreferencePair[] {
  return Array.from({ length: count }, (_, step) => ({
    system: step % 2 === 0 ? 'You are a quiet assistant.' : null,
    prompt: `It is ${step} o'clock and the user reads. What do you say?`,
    chosen: 'No Recommendation',
    rejected: `Have you thought of tea, for the ${step}th time?`,
    kind: 'silence>spoken',
    chosenScore: 4,
    rejectedScore: 1,
    persona: 'amara',
    day: 1,
    step,
    sinceDelivery: null,
  }))
}

/** A trainer configuration as a file's block gives it. */
export const trainerConfig = (block: Record<string, unknown>): TrainerConfig => trainer.parse(block)

/** A night's job; another `seed`, another key. */
export function someJob(
  config: TrainerConfig,
  base: string,
  further: Partial<TrainingJob> = {},
): TrainingJob {
  return {
    key: sha256Hex(
      JSON.stringify([further.pairs?.length ?? 12, further.parent?.id ?? null, further.address ?? 0]),
    ),
    address: [1, 'amara', 1, 'night'],
    base,
    parent: null,
    parentDir: null,
    pairs: somePairs(),
    config,
    outputDir: '/nowhere/checkpoint',
    ...further,
  }
}
