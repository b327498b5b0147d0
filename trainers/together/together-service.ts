import { AttuneError } from '../../common/error.js'
import type { TrainerConfig } from '../../configs/schema.js'
import { awaitData } from '../hosted/await-data.js'
import { connect } from '../hosted/connect.js'
import { checkData } from '../hosted/data-limits.js'
import { hostedCheckpoint, outputIncomplete, parentProblems } from '../hosted/hosted-checkpoint.js'
import { numbersOf } from '../hosted/numbers-of.js'
import { preferenceJsonl } from '../hosted/preference-jsonl.js'
import { problemsOf } from '../hosted/problems-of.js'
import type { ServiceClient } from '../hosted/service-client.js'
import type { CallContext, PrepareContext, Refs, Service } from '../hosted/service.js'
import { settingNotes } from '../hosted/setting-rules.js'
import type { CollectedJob, JobPlan, JobStatus, TrainingJob, TrainingLog } from '../trainer.js'
import {
  fileAnswer,
  type JobAnswer,
  jobAnswer,
  jobList,
  limitsAnswer,
  type LimitsAnswer,
  metricsAnswer,
  priceAnswer,
  secondsOf,
  statusOf,
} from './together-answers.js'
import { outsideLimits } from './together-limits.js'
import { jobRequest, priced, suffixOf } from './together-request.js'
import { TOGETHER, TOGETHER_RULES } from './together-settings.js'
import { uploadTogether } from './together-upload.js'

const JOBS = '/fine-tunes'
/** `total_price` of a job counts in billionths of a dollar (together-python, NANODOLLAR). */
const NANODOLLARS = 1e9

/**
 * DPO at Together AI. A night goes on with `from_checkpoint`, naming yesterday's output model; the reference is then taken
 * to be that model (see {@link TOGETHER_RULES}).
 */
export class TogetherService implements Service {
  readonly name = 'together'
  readonly #client: ServiceClient

  /** @throws AttuneError TRAINER_KEY_MISSING */
  constructor(
    private readonly config: TrainerConfig,
    env: NodeJS.ProcessEnv,
    timing: { backoffMs?: number } = {},
  ) {
    this.#client = connect(config, TOGETHER, env, timing)
  }

  async plan(job: TrainingJob, { signal }: CallContext): Promise<JobPlan> {
    let limits: LimitsAnswer | null = null
    const refused = await problemsOf(async () => {
      const path = `${JOBS}/models/limits?model_name=${encodeURIComponent(job.base)}`
      limits = await this.#client.json({ path, signal }, limitsAnswer)
      return outsideLimits(this.config, job.base, limits)
    })
    const tokens = (limits as LimitsAnswer | null)?.max_seq_length_dpo ?? null
    const data = checkData(job, preferenceJsonl(job.pairs), { service: this.name, least: 1, tokens })
    const notes = [
      ...data.notes,
      ...settingNotes(this.config, TOGETHER_RULES),
      'together packs pairs, so that the batch that counts can differ from trainer.batchSize',
      'together tells the price only once the pairs lie there: it is asked before the job is created, and a job over the credit limit is not',
    ]
    return { problems: [...parentProblems(job, this.name), ...data.problems, ...refused], notes, usd: null }
  }

  async prepare(job: TrainingJob, refs: Refs, { signal, save }: PrepareContext): Promise<Refs> {
    let made = refs
    if (made['trainingFile'] === undefined) {
      const name = `attune-${job.key.slice(0, 16)}.jsonl`
      const id = await uploadTogether(this.#client, name, preferenceJsonl(job.pairs), signal)
      made = { ...made, trainingFile: id }
      await save(made)
    }
    const file = made['trainingFile']!
    await awaitData(
      this.name,
      this.config.hosted,
      async () => {
        const path = `/files/${encodeURIComponent(file)}`
        const answer = await this.#client.json({ path, signal }, fileAnswer)
        const status = answer.processing_status ?? 'COMPLETED'
        if (status === 'FAILED' || status === 'INVALID_FORMAT')
          return { rejected: answer.validation_report?.error ?? status }
        return status === 'COMPLETED' ? 'ready' : 'processing'
      },
      signal,
    )
    await this.#checkPrice(job, file, signal)
    return made
  }

  async create(job: TrainingJob, refs: Refs, { signal }: CallContext): Promise<string> {
    const body = jobRequest(job, this.config, refs['trainingFile'] ?? '')
    return (await this.#client.json({ method: 'POST', path: JOBS, body, signal }, jobAnswer)).id
  }

  /** By the file, which is no other job's, and the suffix, which carries the key. */
  async find(job: TrainingJob, refs: Refs, { signal }: CallContext): Promise<string | null> {
    const { data } = await this.#client.json({ path: JOBS, signal }, jobList)
    const found = data.find(
      ({ training_file: file, suffix, model_output_name: output }) =>
        file === refs['trainingFile'] && (suffix === suffixOf(job) || (output ?? '').includes(suffixOf(job))),
    )
    return found?.id ?? null
  }

  async look(id: string, _refs: Refs, { signal }: CallContext): Promise<JobStatus> {
    return statusOf(await this.#job(id, signal))
  }

  async cancel(id: string, _refs: Refs, { signal }: CallContext): Promise<void> {
    await this.#client.send({ method: 'POST', path: `${pathOf(id)}/cancel`, repeatable: true, signal })
  }

  async fetch(id: string, job: TrainingJob, _refs: Refs, { signal }: CallContext): Promise<CollectedJob> {
    const answer = await this.#job(id, signal)
    if (!answer.model_output_name) throw outputIncomplete(this.name, id, 'its model has no name yet')
    const log = await this.#log(id, answer, signal)
    const { token_count: tokens, total_price: price } = answer
    const metrics = { ...log.at(-1), ...(tokens != null && { num_tokens: tokens }) }
    return {
      checkpoint: hostedCheckpoint(job, 'together/1', answer.model_output_name, metrics),
      log,
      usd: price == null ? null : price / NANODOLLARS,
      seconds: secondsOf(answer),
    }
  }

  #job(id: string, signal?: AbortSignal): Promise<JobAnswer> {
    return this.#client.json({ path: pathOf(id), signal }, jobAnswer)
  }

  async #checkPrice(job: TrainingJob, file: string, signal?: AbortSignal): Promise<void> {
    const body = priced(job, this.config, file)
    const call = { method: 'POST', path: `${JOBS}/estimate-price`, body, repeatable: true, signal } as const
    const price = await this.#client.json(call, priceAnswer)
    if (price.allowed_to_proceed !== false) return
    const { estimated_total_price: usd, user_limit: limit } = price
    throw new AttuneError(
      'TRAINER_CREDITS',
      'trainer',
      `together would not let this job begin: about $${usd ?? '?'}, with a limit of $${limit ?? '?'}`,
      { hint: 'Add credits to the account, then run again.' },
    )
  }

  /** Metrics under the service's own names; where it has none, the steps that its events tell. */
  async #log(id: string, { events }: JobAnswer, signal?: AbortSignal): Promise<TrainingLog[]> {
    const path = `${pathOf(id)}/metrics`
    const { metrics } = await this.#client.json({ path, signal }, metricsAnswer).catch((error: unknown) => {
      if (AttuneError.is(error) && error.code === 'TRAINER_NOT_FOUND') return { metrics: null }
      throw error
    })
    const rows = (metrics ?? []).map((row, i) => {
      const { global_step, step = global_step ?? i + 1, ...numbers } = numbersOf(row)
      return { ...numbers, step }
    })
    if (rows.length > 0) return rows
    return (events ?? []).flatMap(({ step }) => (step == null ? [] : [{ step }]))
  }
}

const pathOf = (id: string): string => `${JOBS}/${encodeURIComponent(id)}`
