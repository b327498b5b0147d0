import { AttuneError } from '../../common/error.js'
import type { TrainerConfig } from '../../configs/schema.js'
import { cannot } from '../cannot.js'
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
import type { CollectedJob, JobPlan, JobStatus, TrainingJob, TrainingLog } from '../trainer.js'
import {
  type JobAnswer,
  jobAnswer,
  metricsAnswer,
  modelAnswer,
  secondsOf,
  stateOf,
} from './fireworks-answers.js'
import { bringRows, unless, UPLOAD_BYTES } from './fireworks-data.js'
import { logOf } from './fireworks-log.js'
import { datasetIdOf, jobIdOf, modelName } from './fireworks-names.js'
import { jobRequest } from './fireworks-request.js'
import { FIREWORKS, FIREWORKS_RULES } from './fireworks-settings.js'

/** Fewest rows of a job (DPO guide). */
const LEAST_PAIRS = 3

/**
 * DPO at Fireworks. Job ids are chosen here and carry the key, so that a job created twice is one job. A night goes on
 * with `warmStartFrom`, naming yesterday's adapter (see {@link FIREWORKS_RULES} for the reference model).
 *
 * There is no call that stops a DPO job: to cancel is to delete it, with its record.
 */
export class FireworksService implements Service {
  readonly name = 'fireworks'
  readonly #client: ServiceClient
  readonly #account: string

  /** @throws AttuneError TRAINER_KEY_MISSING */
  constructor(
    private readonly config: TrainerConfig,
    env: NodeJS.ProcessEnv,
    timing: { backoffMs?: number } = {},
  ) {
    this.#client = connect(config, FIREWORKS, env, timing)
    this.#account = `/accounts/${config.hosted.account ?? ''}`
  }

  async plan(job: TrainingJob, { signal }: CallContext): Promise<JobPlan> {
    let tokens: number | null = null
    const refused = await problemsOf(async () => {
      const base = modelName(job.base)
      const model = await this.#client.json({ path: `/${base}`, signal }, modelAnswer)
      tokens = model.trainingContextLength || model.contextLength || null
      if (model.tunable !== false) return []
      return [cannot(this.config, 'base', `does not tune ${base}`, 'Choose a base that it tunes.')]
    })
    const limits = { service: this.name, least: LEAST_PAIRS, bytes: UPLOAD_BYTES, tokens }
    const data = checkData(job, preferenceJsonl(job.pairs), limits)
    const notes = [
      ...data.notes,
      ...settingNotes(this.config, FIREWORKS_RULES),
      ...(parentModel(job) === null
        ? []
        : ['fireworks does not say whether the reference is yesterday’s model or its base']),
      'fireworks tells no price before or after, and an adapter has to be deployed there before it answers',
    ]
    return { problems: [...parentProblems(job, this.name), ...data.problems, ...refused], notes, usd: null }
  }

  async prepare(job: TrainingJob, refs: Refs, { signal, save }: PrepareContext): Promise<Refs> {
    const jsonl = preferenceJsonl(job.pairs)
    const datasetId = datasetIdOf(jsonl)
    await bringRows(this.#client, { account: this.#account, datasetId, jsonl }, this.config.hosted, signal)
    const made = {
      ...refs,
      dataset: `${this.#account.slice(1)}/datasets/${datasetId}`,
      jobId: await this.#free(job, signal),
    }
    await save(made)
    return made
  }

  async create(job: TrainingJob, refs: Refs, { signal }: CallContext): Promise<string> {
    const jobId = refs['jobId'] ?? jobIdOf(job, 1)
    const body = jobRequest(job, this.config, refs['dataset'] ?? '', jobId)
    const path = `${this.#account}/dpoJobs?dpoJobId=${jobId}`
    try {
      await this.#client.json({ method: 'POST', path, body, signal }, jobAnswer)
    } catch (error) {
      // the id carries the key: whoever took it made this very job
      const taken = AttuneError.is(error) && error.code === 'TRAINER_CONFLICT'
      if (!taken || (await this.find(job, refs, { signal })) === null) throw error
    }
    return jobId
  }

  async find(job: TrainingJob, refs: Refs, { signal }: CallContext): Promise<string | null> {
    const jobId = refs['jobId'] ?? jobIdOf(job, 1)
    const known = await this.#job(jobId, signal).catch(unless('TRAINER_NOT_FOUND'))
    return known === null ? null : jobId
  }

  async look(id: string, _refs: Refs, { signal }: CallContext): Promise<JobStatus> {
    const answer = await this.#job(id, signal)
    const state = stateOf(answer)
    return { state, progress: null, error: state === 'failed' ? (answer.status?.message ?? null) : null }
  }

  async cancel(id: string, _refs: Refs, { signal }: CallContext): Promise<void> {
    const call = { method: 'DELETE', path: this.#pathOf(id), repeatable: true, signal } as const
    await this.#client.send(call).catch(unless('TRAINER_NOT_FOUND'))
  }

  async fetch(id: string, job: TrainingJob, _refs: Refs, { signal }: CallContext): Promise<CollectedJob> {
    const answer = await this.#job(id, signal)
    const model = modelName(answer.trainingConfig?.outputModel ?? id, this.config.hosted.account ?? '')
    const stored = await this.#client
      .json({ path: `/${model}`, signal }, modelAnswer)
      .catch(unless('TRAINER_NOT_FOUND'))
    if (stored === null || (stored.state ?? 'READY') !== 'READY')
      throw outputIncomplete(this.name, id, `its model ${model} does not stand yet`)
    const log = await this.#log(id, signal)
    return {
      checkpoint: hostedCheckpoint(job, 'fireworks/1', model, { ...log.at(-1) }),
      log,
      usd: null,
      seconds: secondsOf(answer),
    }
  }

  #pathOf(id: string): string {
    return `${this.#account}/dpoJobs/${encodeURIComponent(id)}`
  }

  #job(id: string, signal?: AbortSignal): Promise<JobAnswer> {
    return this.#client.json({ path: this.#pathOf(id), signal }, jobAnswer)
  }

  /** The first id of this key that no job has which failed or was cancelled: those stay, with their ids. */
  async #free(job: TrainingJob, signal?: AbortSignal): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const id = jobIdOf(job, attempt)
      const known = await this.#job(id, signal).catch(unless('TRAINER_NOT_FOUND'))
      if (known === null || !['failed', 'cancelled'].includes(stateOf(known))) return id
    }
  }

  async #log(id: string, signal?: AbortSignal): Promise<TrainingLog[]> {
    const path = `${this.#pathOf(id)}:getMetricsFileEndpoint`
    const { signedUrl } =
      (await this.#client.json({ path, signal }, metricsAnswer).catch(unless('TRAINER_NOT_FOUND'))) ?? {}
    if (!signedUrl) return []
    const file = await this.#client.send({ path: signedUrl, signal }).catch(unless('TRAINER_NOT_FOUND'))
    return file === null ? [] : logOf(await file.text().catch(() => ''))
  }
}
