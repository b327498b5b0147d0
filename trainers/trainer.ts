import type { Checkpoint } from '../checkpoints/checkpoint.js'
import type { AttuneError } from '../common/error.js'
import type { TrainerConfig } from '../configs/schema.js'
import type { PreferencePair } from '../datasets/schema.js'

/** Everything a night's training needs. Two equal jobs have equal keys and yield one handle. */
export interface TrainingJob {
  /** SHA-256 of all below except `outputDir` and `parentDir`: the idempotency key. */
  key: string
  /** Addresses the draws of the night: shuffling, LoRA initialisation. */
  address: readonly (string | number)[]
  /** Model that the first day began with, as the configuration names it; also the reference model. */
  base: string
  /** Where training goes on from; null: the base. */
  parent: Checkpoint | null
  /** Absolute folder of the parent's weights; null: the base, or a hosted parent. */
  parentDir: string | null
  /** The night's pairs in the order drawn by replay. */
  pairs: readonly PreferencePair[]
  config: TrainerConfig
  /** Absolute folder for the weights. */
  outputDir: string
}

export const JOB_STATES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export type JobState = (typeof JOB_STATES)[number]

/** What is stored before anything is paid for, so that a resume looks the job up instead of submitting it again. */
export interface JobHandle {
  backend: string
  key: string
  /** The backend's own id; null until the backend answered. */
  id: string | null
  /** What was made on the way, by name, e.g. `trainingFile`: found again instead of made again. */
  refs?: Readonly<Record<string, string>>
}

export interface JobStatus {
  state: JobState
  /** Optimiser steps done and planned, where known. */
  progress: { step: number; steps: number } | null
  /** Why it failed. */
  error: string | null
}

/** One row of a training log, under the names that TRL's DPOTrainer logs. */
export type TrainingLog = { step: number } & Record<string, number>

/** What can be known of a job before it costs anything. */
export interface JobPlan {
  /** Why it cannot be done, all at once; empty when it can. */
  problems: AttuneError[]
  /** What will be done otherwise than asked, e.g. rows that the service drops: one sentence each. */
  notes: string[]
  /** Price, where it can be told. */
  usd: number | null
}

export interface CollectedJob {
  checkpoint: Checkpoint
  log: TrainingLog[]
  /** Paid, where the backend tells; absent for what runs here. */
  usd?: number | null
  /** Of training, as the backend tells; absent for what runs here. */
  seconds?: number | null
}

export interface SubmitOptions {
  signal?: AbortSignal
  /** The handle that an earlier process stored for this job: whatever stands in it is not made again. */
  stored?: JobHandle
  /** Stores a handle. Awaited before the call that the handle announces is made. */
  save?: (handle: JobHandle) => Promise<void>
  /** Told what a new job will cost, and what will be done otherwise than asked; awaited, and may refuse by throwing. */
  onPlan?: (plan: JobPlan) => void | Promise<void>
}

export interface CollectOptions {
  signal?: AbortSignal
  /** Told of each look at the job. */
  onStatus?: (status: JobStatus) => void
}

/**
 * A backend that turns pairs into a checkpoint. A job is looked up by its key before it is submitted, so that a crash
 * between a request and its answer does not pay twice.
 */
export interface Trainer {
  readonly name: string
  /** Takes this machine's cores and memory: nights are then trained one after the other. @default false */
  readonly heavy?: boolean
  /**
   * Checks a job against what the backend can do: lengths, columns, account and scope of the key. Costs nothing and
   * changes nothing. Absent: whatever the configuration allows can be done.
   */
  plan?(job: TrainingJob, options?: { signal?: AbortSignal }): Promise<JobPlan>
  /**
   * Starts the job, or finds the one already started under the same key.
   * @throws AttuneError of kind `trainer`; the signal's reason when aborted
   */
  submit(job: TrainingJob, options?: SubmitOptions): Promise<JobHandle>
  status(handle: JobHandle): Promise<JobStatus>
  cancel(handle: JobHandle): Promise<void>
  /**
   * Waits for the end of a job and fetches what it yielded.
   * @param handle as `submit` gave it, in this process or an earlier one
   * @throws AttuneError of kind `trainer` when it failed or was cancelled; the signal's reason when aborted, which leaves
   *   a hosted job running
   */
  collect(handle: JobHandle, job: TrainingJob, options?: CollectOptions): Promise<CollectedJob>
}
