import type { Checkpoint } from '../checkpoints/checkpoint.js'
import type { TrainerConfig } from '../configs/schema.js'
import type { PreferencePair } from '../datasets/schema.js'

/** Everything a night's training needs. Two equal jobs have equal keys and yield one handle. */
export interface TrainingJob {
  /** SHA-256 of all below except `outputDir`: the idempotency key. */
  key: string
  /** Addresses the draws of the night: shuffling, LoRA initialisation. */
  address: readonly (string | number)[]
  /** Model that the first day began with, as the configuration names it; also the reference model. */
  base: string
  /** Where training goes on from; null: the base. */
  parent: Checkpoint | null
  /** Absolute folder of the parent's weights; null: the base. */
  parentDir: string | null
  /** The night's pairs in the order drawn by replay. */
  pairs: readonly PreferencePair[]
  config: TrainerConfig
  /** Absolute folder for the weights. */
  outputDir: string
}

export type JobState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled'

/** What is stored before anything is paid for, so that a resume looks the job up instead of submitting it again. */
export interface JobHandle {
  backend: string
  key: string
  /** The backend's own id; null until the backend answered. */
  id: string | null
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

export interface CollectedJob {
  checkpoint: Checkpoint
  log: TrainingLog[]
}

/** A backend that turns pairs into a checkpoint. */
export interface Trainer {
  readonly name: string
  /** Starts the job, or finds the one already started under the same key. */
  submit(job: TrainingJob, options?: { signal?: AbortSignal }): Promise<JobHandle>
  status(handle: JobHandle): Promise<JobStatus>
  cancel(handle: JobHandle): Promise<void>
  /** Waits for the job's end. @throws AttuneError of kind `trainer` when it failed or was cancelled. */
  collect(handle: JobHandle, options?: { signal?: AbortSignal }): Promise<CollectedJob>
}
