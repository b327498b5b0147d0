import { basename } from 'node:path'
import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { canonicalJson } from '../../common/canonical-json.js'
import { AttuneError } from '../../common/error.js'
import { sha256Hex } from '../../common/files.js'
import type { PreferencePair } from '../../datasets/schema.js'
import { loadModelFolder, saveModelFolder } from '../../models/lm/hf-folder.js'
import { loadLoraFolder, saveLoraFolder } from '../../models/lm/lora-folder.js'
import type { LlamaConfig } from '../../models/lm/llama-config.js'
import { mergeLora } from '../../models/lm/lora.js'
import type { Tokenizer } from '../../models/lm/tokenizer.js'
import type { ReplyTrie } from '../../models/lm/trie.js'
import type { Weights } from '../../models/lm/weights.js'
import type {
  CollectedJob,
  CollectOptions,
  JobHandle,
  JobStatus,
  Trainer,
  TrainingJob,
  TrainingLog,
} from '../trainer.js'
import { tokenPairs } from './token-pairs.js'
import { trainDpo } from './train-dpo.js'
import { readTrainingFolder, writeTrainingFolder } from './training-folder.js'

export interface EmbeddedTrainerOptions {
  /** Folder of a base model, from how a job names it. */
  resolveBase?: (base: string) => string
  /** The replies a model may give, for `trainer.continuationMask`. */
  replies?: (tokenizer: Tokenizer, base: string) => ReplyTrie | null
  threads?: number
  onStep?: (job: TrainingJob, row: TrainingLog, steps: number) => void
}

/** Name and version of the numerics: part of a checkpoint's id. */
const BACKEND = 'embedded/1'

interface Running {
  status: JobStatus
  controller: AbortController
  result: Promise<CollectedJob>
}

/** Where a night starts and what it is measured against. */
interface Start {
  config: LlamaConfig
  tokenizer: Tokenizer
  weights: Weights
  lora: Weights | null
  reference: Weights
}

/** Trains in this process: full fine-tuning or LoRA of a Llama-type model folder. */
export class EmbeddedTrainer implements Trainer {
  readonly name = 'embedded'
  readonly heavy = true
  readonly #jobs = new Map<string, Running>()

  constructor(private readonly options: EmbeddedTrainerOptions = {}) {}

  async submit(job: TrainingJob, { signal }: { signal?: AbortSignal } = {}): Promise<JobHandle> {
    signal?.throwIfAborted()
    const known = this.#jobs.get(job.key)
    if (!known || known.status.state === 'failed' || known.status.state === 'cancelled')
      this.#start(job, signal)
    return { backend: this.name, key: job.key, id: job.key }
  }

  status(handle: JobHandle): Promise<JobStatus> {
    return Promise.resolve({ ...this.#find(handle).status })
  }

  async cancel(handle: JobHandle): Promise<void> {
    const { controller, result } = this.#find(handle)
    controller.abort(cancelled())
    await result.catch(() => undefined)
  }

  async collect(
    handle: JobHandle,
    _job?: TrainingJob,
    { signal }: CollectOptions = {},
  ): Promise<CollectedJob> {
    const { controller, result } = this.#find(handle)
    if (!signal) return result
    const abort = (): void => controller.abort(signal.reason)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort, { once: true })
    return result.finally(() => signal.removeEventListener('abort', abort))
  }

  #find(handle: JobHandle): Running {
    const running = this.#jobs.get(handle.key)
    if (running) return running
    throw new AttuneError(
      'TRAINING_JOB_UNKNOWN',
      'trainer',
      `no training ${handle.key} was started in this process`,
      {
        hint: 'Submit the job again: a finished one is found in its folder.',
      },
    )
  }

  #replies(tokenizer: Tokenizer, baseDir: string): ReplyTrie {
    const replies = this.options.replies?.(tokenizer, baseDir)
    if (replies) return replies
    throw new AttuneError(
      'TRAINING_REPLIES_UNKNOWN',
      'trainer',
      `${baseDir} has no list of replies to mask by`,
      {
        hint: 'Set trainer.continuationMask to false for this model.',
        key: 'trainer.continuationMask',
      },
    )
  }

  #start(job: TrainingJob, signal?: AbortSignal): void {
    const controller = new AbortController()
    const status: JobStatus = { state: 'running', progress: null, error: null }
    const either = signal ? AbortSignal.any([signal, controller.signal]) : controller.signal
    const result = this.#train(job, status, either).then(
      (collected) => {
        status.state = 'succeeded'
        return collected
      },
      (error: unknown) => {
        status.state = either.aborted ? 'cancelled' : 'failed'
        status.error = error instanceof Error ? error.message : String(error)
        throw error
      },
    )
    // told by collect; a job nobody waits for must not end the process
    result.catch(() => undefined)
    this.#jobs.set(job.key, { status, controller, result })
  }

  async #train(job: TrainingJob, status: JobStatus, signal: AbortSignal): Promise<CollectedJob> {
    const done = await readTrainingFolder(job.outputDir, job.key)
    if (done) return done
    const baseDir = this.options.resolveBase?.(job.base) ?? job.base
    const start = await loadStart(job, baseDir)
    const { config, tokenizer } = start
    const replies = job.config.continuationMask ? this.#replies(tokenizer, baseDir) : null
    const trained = await trainDpo({
      ...start,
      pairs: tokenPairs(job.pairs, tokenizer, replies),
      trainer: job.config,
      address: job.address,
      threads: this.options.threads ?? 1,
      signal,
      onStep: (row, steps) => {
        status.progress = { step: row.step, steps }
        this.options.onStep?.(job, row, steps)
      },
    })
    signal.throwIfAborted()
    const result = { checkpoint: checkpointOf(job, trained.log), log: trained.log }
    const { lora } = job.config
    await writeTrainingFolder(job.outputDir, job.key, result, (folder) =>
      lora
        ? saveLoraFolder(folder, { base: job.base, lora, dropout: lora.dropout, weights: trained.weights })
        : saveModelFolder(folder, { config, weights: trained.weights, tokenizerFrom: baseDir }),
    )
    return result
  }
}

const cancelled = (): AttuneError =>
  new AttuneError('TRAINING_CANCELLED', 'trainer', 'the training was cancelled', {
    hint: 'Submit the job again.',
  })

async function loadStart(job: TrainingJob, baseDir: string): Promise<Start> {
  const { config, tokenizer, weights } = await loadModelFolder(baseDir)
  const fresh: Start = { config, tokenizer, weights, lora: null, reference: weights }
  if (!job.parent || job.parentDir === null) return fresh
  if (job.parent.kind === 'full') {
    if (job.config.lora) throw mixedKinds(job)
    const parent = await loadModelFolder(job.parentDir)
    return {
      ...fresh,
      weights: parent.weights,
      reference: job.config.reference === 'previous' ? parent.weights : weights,
    }
  }
  const adapter = await loadLoraFolder(job.parentDir, config)
  const wanted = job.config.lora
  if (!wanted || canonicalJson(shapeOf(wanted)) !== canonicalJson(shapeOf(adapter.lora)))
    throw mixedKinds(job)
  const merged = (): Weights => mergeLora(config, weights, adapter.weights, adapter.lora)
  return {
    ...fresh,
    lora: adapter.weights,
    reference: job.config.reference === 'previous' ? merged() : weights,
  }
}

const shapeOf = ({
  rank,
  alpha,
  modules,
}: {
  rank: number
  alpha: number
  modules: readonly string[]
}): object => ({
  rank,
  alpha,
  modules: modules.toSorted(),
})

function mixedKinds(job: TrainingJob): AttuneError {
  return new AttuneError(
    'TRAINING_PARENT_MISMATCH',
    'trainer',
    `checkpoint ${job.parent?.id} (${job.parent?.kind}) cannot be trained on with trainer.lora ${JSON.stringify(job.config.lora)}`,
    { hint: 'Keep trainer.lora the same over all days of a run.', key: 'trainer.lora' },
  )
}

function checkpointOf(job: TrainingJob, log: readonly TrainingLog[]): Checkpoint {
  const pairs = sha256Hex(canonicalJson(job.pairs satisfies readonly PreferencePair[]))
  const parent = job.parent?.id ?? null
  const made = { parent, base: job.base, pairs, config: job.config, address: job.address, trainer: BACKEND }
  return {
    id: sha256Hex(canonicalJson(made)).slice(0, 16),
    parent,
    base: job.base,
    trainer: BACKEND,
    pairs,
    location: basename(job.outputDir),
    kind: job.config.lora ? 'adapter' : 'full',
    metrics: { ...log.at(-1) },
  }
}
