import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { canonicalJson } from '../../common/canonical-json.js'
import { AttuneError } from '../../common/error.js'
import { sha256Hex } from '../../common/files.js'
import type { TrainingJob } from '../trainer.js'

/**
 * The checkpoint that a hosted job yields: a model id at its provider.
 * @param trainer backend with the version of the request it sends, e.g. `openai/1`
 * @param location the provider's model id
 */
export function hostedCheckpoint(
  job: TrainingJob,
  trainer: string,
  location: string,
  metrics: Record<string, number>,
): Checkpoint {
  const parent = job.parent?.id ?? null
  // the service is not deterministic: the id names the job and what it yielded
  const made = { parent, base: job.base, key: job.key, options: job.config.hosted.options, trainer, location }
  return {
    id: sha256Hex(canonicalJson(made)).slice(0, 16),
    parent,
    base: job.base,
    trainer,
    pairs: sha256Hex(canonicalJson(job.pairs)),
    location,
    kind: 'hosted',
    metrics,
  }
}

/** The model that a job starts from: yesterday's at the provider, or null for the base. */
export function parentModel(job: TrainingJob): string | null {
  return job.parent?.kind === 'hosted' ? job.parent.location : null
}

/** A parent whose weights do not lie at the provider cannot be trained on there. */
export function parentProblems(job: TrainingJob, service: string): AttuneError[] {
  const { parent } = job
  if (parent === null || (parent.kind === 'hosted' && parent.trainer.startsWith(`${service}/`))) return []
  return [
    new AttuneError(
      'TRAINING_PARENT_MISMATCH',
      'trainer',
      `checkpoint ${parent.id} (${parent.kind}, trained by ${parent.trainer}) does not lie at ${service}`,
      { hint: 'Keep trainer.backend the same over all days of a run.', key: 'trainer.backend' },
    ),
  ]
}

/** The service calls a job done, but what it yielded does not stand yet. */
export function outputIncomplete(service: string, id: string, what: string): AttuneError {
  return new AttuneError(
    'TRAINER_OUTPUT_INCOMPLETE',
    'trainer',
    `job ${id} of ${service} is done, but ${what}`,
    {
      hint: 'Run the same command again in a while: the job is looked up, not paid twice.',
    },
  )
}
