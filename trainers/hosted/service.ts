import type { CollectedJob, JobPlan, JobStatus, TrainingJob } from '../trainer.js'

/** Names of what was made on the way to a job: file ids, repositories, revisions. */
export type Refs = Readonly<Record<string, string>>

export interface CallContext {
  signal?: AbortSignal | undefined
}

export interface PrepareContext extends CallContext {
  /** Stores what was made so far; awaited after each step, so that no step is done twice. */
  save: (refs: Refs) => Promise<void>
}

/**
 * What a fine-tuning service can be asked, each call on its own. {@link HostedTrainer} puts them together so that exactly
 * one job is created for each key, whatever breaks.
 */
export interface Service {
  /** Backend name, as in `trainer.backend`. */
  readonly name: string
  /** Free of charge and without effect. */
  plan(job: TrainingJob, context: CallContext): Promise<JobPlan>
  /** Brings the data to the service; skips steps whose result stands in `refs`. @returns all refs */
  prepare(job: TrainingJob, refs: Refs, context: PrepareContext): Promise<Refs>
  /** The id of the job that carries this job's key, or null. */
  find(job: TrainingJob, refs: Refs, context: CallContext): Promise<string | null>
  /** Creates the job; sent once, never repeated. @throws AttuneError TRAINER_ANSWER_LOST when nobody knows whether it was created */
  create(job: TrainingJob, refs: Refs, context: CallContext): Promise<string>
  /** @throws AttuneError TRAINER_NOT_FOUND when there is no such job (any more) */
  look(id: string, refs: Refs, context: CallContext): Promise<JobStatus>
  cancel(id: string, refs: Refs, context: CallContext): Promise<void>
  /** Fetches what a succeeded job yielded; complete or an error, never half. */
  fetch(id: string, job: TrainingJob, refs: Refs, context: CallContext): Promise<CollectedJob>
}
