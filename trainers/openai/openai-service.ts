import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import type { TrainerConfig } from '../../configs/schema.js'
import { awaitData } from '../hosted/await-data.js'
import { connect } from '../hosted/connect.js'
import { checkData } from '../hosted/data-limits.js'
import {
  hostedCheckpoint,
  outputIncomplete,
  parentModel,
  parentProblems,
} from '../hosted/hosted-checkpoint.js'
import { preferenceJsonl } from '../hosted/preference-jsonl.js'
import { problemsOf } from '../hosted/problems-of.js'
import type { ServiceClient } from '../hosted/service-client.js'
import type { CallContext, PrepareContext, Refs, Service } from '../hosted/service.js'
import { settingNotes } from '../hosted/setting-rules.js'
import { trainingSeed } from '../hosted/training-seed.js'
import type { CollectedJob, JobPlan, JobStatus, TrainingJob } from '../trainer.js'
import {
  checkpointAnswer,
  eventAnswer,
  failureOf,
  fileAnswer,
  type JobAnswer,
  jobAnswer,
  listOf,
  stateOf,
} from './openai-answers.js'
import { logOf, progressOf } from './openai-log.js'
import { hyperparameters, isAzure, MULTIPLIER, OPENAI, OPENAI_RULES } from './openai-settings.js'

const JOBS = '/fine_tuning/jobs'
/** Metadata that carries a job's key. */
const KEY = 'attune_key'
/** Fewest rows of a job (fine-tuning guide). */
const LEAST_PAIRS = 10
/** Files that are still being read in; OpenAI itself does not say so (Azure does). */
const PROCESSING = new Set(['pending', 'running'])

/**
 * DPO by OpenAI's fine-tuning API: OpenAI until it closes (nobody can create jobs from 2027-01-06), Azure at
 * `https://<resource>.openai.azure.com/openai/v1`, compatible servers.
 *
 * A night goes on by naming yesterday's fine-tuned model as the model, which is then also the reference.
 */
export class OpenAiService implements Service {
  readonly name = 'openai'
  readonly #client: ServiceClient

  /** @throws AttuneError TRAINER_KEY_MISSING */
  constructor(
    private readonly config: TrainerConfig,
    env: NodeJS.ProcessEnv,
    timing: { backoffMs?: number } = {},
  ) {
    const keyHeader = isAzure(config.hosted.url) ? 'api-key' : 'authorization'
    this.#client = connect(config, OPENAI, env, { keyHeader, explain: closed, ...timing })
  }

  async plan(job: TrainingJob, { signal }: CallContext): Promise<JobPlan> {
    const data = checkData(job, preferenceJsonl(job.pairs), {
      service: this.name,
      least: LEAST_PAIRS,
      tokens: null,
    })
    // free, and answers whether the key is good and there is fine-tuning at all
    const reached = await problemsOf(async () => {
      await this.#client.json({ path: `${JOBS}?limit=1`, signal }, listOf(z.unknown()))
      return []
    })
    const notes = [
      ...data.notes,
      ...settingNotes(this.config, OPENAI_RULES),
      `${this.name} tells no price before or after; ${MULTIPLIER} stands for trainer.learningRate`,
      ...(isAzure(this.config.hosted.url) ? ['on Azure a model has to be deployed before it answers'] : []),
    ]
    return { problems: [...parentProblems(job, this.name), ...data.problems, ...reached], notes, usd: null }
  }

  async prepare(job: TrainingJob, refs: Refs, { signal, save }: PrepareContext): Promise<Refs> {
    let made = refs
    if (made['trainingFile'] === undefined) {
      const form = new FormData()
      form.set('purpose', 'fine-tune')
      form.set('file', new Blob([preferenceJsonl(job.pairs)]), `attune-${job.key.slice(0, 16)}.jsonl`)
      // costs nothing: a second file would lie about unused
      const call = { method: 'POST', path: '/files', body: form, repeatable: true, signal } as const
      made = { ...made, trainingFile: (await this.#client.json(call, fileAnswer)).id }
      await save(made)
    }
    await awaitData(
      this.name,
      this.config.hosted,
      async () => {
        const path = `/files/${encodeURIComponent(made['trainingFile']!)}`
        const { status = '', status_details: details } = await this.#client.json({ path, signal }, fileAnswer)
        if (status === 'error' || status === 'failed') return { rejected: details ?? 'no reason given' }
        return PROCESSING.has(status) ? 'processing' : 'ready'
      },
      signal,
    )
    return made
  }

  async create(job: TrainingJob, refs: Refs, { signal }: CallContext): Promise<string> {
    const { [MULTIPLIER]: _, ...further } = this.config.hosted.options
    const body = {
      ...further,
      model: parentModel(job) ?? job.base,
      training_file: refs['trainingFile'],
      suffix: `attune-${job.key.slice(0, 12)}`,
      seed: trainingSeed(job.key),
      metadata: { [KEY]: job.key },
      method: { type: 'dpo', dpo: { hyperparameters: hyperparameters(this.config) } },
    }
    return (await this.#client.json({ method: 'POST', path: JOBS, body, signal }, jobAnswer)).id
  }

  /** By metadata, then among all jobs for servers that keep none: its file is no other job's. */
  async find(job: TrainingJob, refs: Refs, { signal }: CallContext): Promise<string | null> {
    const ours = ({ metadata, training_file: file }: JobAnswer): boolean =>
      file === refs['trainingFile'] && (metadata?.[KEY] ?? job.key) === job.key
    for (const filter of [`&metadata[${KEY}]=${job.key}`, ''])
      for await (const page of this.#pages(`${JOBS}?limit=100${filter}`, jobAnswer, signal)) {
        const found = page.find(ours)
        if (found) return found.id
      }
    return null
  }

  async look(id: string, _refs: Refs, { signal }: CallContext): Promise<JobStatus> {
    const answer = await this.#job(id, signal)
    const state = stateOf(answer)
    const path = `${pathOf(id)}/events?limit=20`
    const events =
      state === 'running' ? (await this.#client.json({ path, signal }, listOf(eventAnswer))).data : []
    return { state, progress: progressOf(events), error: failureOf(answer) }
  }

  async cancel(id: string, _refs: Refs, { signal }: CallContext): Promise<void> {
    await this.#client.send({ method: 'POST', path: `${pathOf(id)}/cancel`, repeatable: true, signal })
  }

  async fetch(id: string, job: TrainingJob, _refs: Refs, { signal }: CallContext): Promise<CollectedJob> {
    const answer = await this.#job(id, signal)
    if (!answer.fine_tuned_model) throw outputIncomplete(this.name, id, 'its model has no name yet')
    const events = await this.#all(`${pathOf(id)}/events?limit=100`, eventAnswer, signal)
    const checkpoints = await this.#all(`${pathOf(id)}/checkpoints?limit=10`, checkpointAnswer, signal).catch(
      (error: unknown) => {
        // compatible servers have no checkpoints between
        if (AttuneError.is(error) && error.code === 'TRAINER_NOT_FOUND') return []
        throw error
      },
    )
    const log = logOf(events, checkpoints)
    const { trained_tokens: tokens, created_at: from, finished_at: to } = answer
    const metrics = { ...log.at(-1), ...(tokens != null && { num_tokens: tokens }) }
    return {
      checkpoint: hostedCheckpoint(job, 'openai/1', answer.fine_tuned_model, metrics),
      log,
      usd: null,
      // with the time in the queue: the service tells no other
      seconds: from != null && to != null ? to - from : null,
    }
  }

  #job(id: string, signal?: AbortSignal): Promise<JobAnswer> {
    return this.#client.json({ path: pathOf(id), signal }, jobAnswer)
  }

  async #all<T extends { id: string }>(path: string, item: z.ZodType<T>, signal?: AbortSignal): Promise<T[]> {
    const all: T[] = []
    for await (const page of this.#pages(path, item, signal)) all.push(...page)
    return all
  }

  async *#pages<T extends { id: string }>(
    path: string,
    item: z.ZodType<T>,
    signal?: AbortSignal,
  ): AsyncGenerator<T[]> {
    for (let after: string | undefined; ;) {
      const more = after === undefined ? '' : `&after=${encodeURIComponent(after)}`
      const { data, has_more } = await this.#client.json({ path: `${path}${more}`, signal }, listOf(item))
      yield data
      const last = data.at(-1)?.id
      if (!has_more || last === undefined || last === after) return
      after = last
    }
  }
}

const pathOf = (id: string): string => `${JOBS}/${encodeURIComponent(id)}`

/** OpenAI closes fine-tuning step by step; the account's turn may have come. */
function closed(status: number, body: string): AttuneError | null {
  if (status !== 403 || !body.includes('training_not_available')) return null
  return new AttuneError(
    'TRAINER_CLOSED',
    'trainer',
    'openai takes no fine-tuning jobs from this account any more',
    {
      hint: 'OpenAI is closing fine-tuning, for everyone on 2027-01-06: set trainer.backend to another one.',
    },
  )
}
