import type { Checkpoint } from '../../checkpoints/checkpoint.js'
import { ensureRepo, type HubAccess } from '../../checkpoints/hub/ensure-repo.js'
import { pushFolder } from '../../checkpoints/hub/push-folder.js'
import { inspectFolder } from '../../checkpoints/inspect-folder.js'
import { canonicalJson } from '../../common/canonical-json.js'
import { AttuneError } from '../../common/error.js'
import { sha256Hex } from '../../common/files.js'
import type { TrainerConfig } from '../../configs/schema.js'
import { readTrainingFolder, writeTrainingFolder } from '../embedded/training-folder.js'
import { connect, keyVariableOf } from '../hosted/connect.js'
import { problemsOf } from '../hosted/problems-of.js'
import type { CallContext, PrepareContext, Refs, Service } from '../hosted/service.js'
import type { ServiceClient } from '../hosted/service-client.js'
import type { CollectedJob, JobPlan, JobStatus, TrainingJob } from '../trainer.js'
import { type AccountFindings, checkAccount, whoamiAnswer } from './account.js'
import { type AdapterPlace, downloadAdapter, findAdapter, readDescription } from './fetch-adapter.js'
import { hardwareAnswer } from './hardware.js'
import { type JobAnswer, jobAnswer, stateOf } from './job-answer.js'
import { logTail, readLog } from './job-log.js'
import { jobRequest } from './job-request.js'
import { jobsWithKey } from './list-jobs.js'
import { nightFiles } from './night-files.js'
import { jobPath, nightRefs } from './night-refs.js'
import { HF_JOBS } from './place.js'
import { checkPairs, checkStart, chooseMachine, type Machine } from './plan-night.js'
import { repoNames } from './repo-names.js'

export interface HfJobsTiming {
  /** Most of the first wait before a repeated call, milliseconds. @default 1000 */
  backoffMs?: number
  /** Silence after which a running job's log has told what there is, milliseconds. @default 2000 */
  quietMs?: number
  /** Time in milliseconds, for a token that expires. @default Date.now */
  now?: () => number
}

/** Longest download of one file, milliseconds. */
const DOWNLOAD_MS = 3_600_000
/** Lines of the log read at each look. */
const LINES = 40
/**
 * Hugging Face Jobs: the pairs are pushed as a private dataset, TRL trains in a job on hired hardware, and the job pushes
 * the adapter to a private model repository, from which it is fetched. The reference model is that of `trainer.reference`:
 * the base (adapter switched off), or yesterday's adapter. The adapter to go on from is taken along with the pairs, so
 * that it may come from any backend.
 */
export class HfJobsService implements Service {
  readonly name = 'hf-jobs'

  readonly #client: ServiceClient
  readonly #downloads: ServiceClient
  readonly #hubUrl: string
  readonly #token: string

  /** @throws AttuneError TRAINER_KEY_MISSING */
  constructor(
    private readonly config: TrainerConfig,
    env: NodeJS.ProcessEnv,
    private readonly timing: HfJobsTiming = {},
  ) {
    const { backoffMs } = timing
    const further = backoffMs === undefined ? {} : { backoffMs }
    this.#client = connect(config, HF_JOBS, env, further)
    this.#downloads = connect(config, HF_JOBS, env, { ...further, timeoutMs: DOWNLOAD_MS })
    this.#hubUrl = (config.hosted.url ?? HF_JOBS.url).replace(/\/+$/, '')
    this.#token = env[keyVariableOf(config, HF_JOBS)]?.trim() ?? ''
  }

  async plan(job: TrainingJob, { signal }: CallContext): Promise<JobPlan> {
    const notes: string[] = []
    let usd: number | null = null
    const problems = await problemsOf(async () => {
      const account = await this.#account(job, signal)
      const machine = await this.#machine(job, signal)
      const pairs = checkPairs(job.pairs, job.config)
      const start = checkStart(job)
      const base = start.length === 0 ? await this.#base(job, signal) : []
      usd = machine.most
      notes.push(...account.notes, ...machine.notes, ...pairs.notes)
      return [...account.problems, ...machine.problems, ...start, ...base, ...pairs.problems]
    })
    return { problems, notes, usd }
  }

  async prepare(job: TrainingJob, refs: Refs, { signal, save }: PrepareContext): Promise<Refs> {
    let made = refs
    const keep = async (more: Refs): Promise<void> => {
      made = { ...made, ...more }
      await save(made)
    }
    if (made['account'] === undefined || made['flavor'] === undefined) {
      const { account } = await this.#account(job, signal)
      const { flavor, hourly } = await this.#machine(job, signal)
      await keep({ account, flavor: flavor ?? '', ...(hourly !== null && { usdPerHour: String(hourly) }) })
    }
    const names = repoNames(job, made['account'] ?? '')
    const access = this.#access(signal)
    if (made['revision'] === undefined) {
      const files = await nightFiles(job)
      const message = `Night ${job.key.slice(0, 16)}: ${job.pairs.length} pairs`
      const pushed = await pushFolder({ ...access, repo: names.dataset, type: 'dataset', files, message })
      await keep({ dataset: names.dataset, revision: pushed.commit })
    }
    if (made['model'] === undefined) {
      await ensureRepo({ repo: names.model, type: 'model' }, access)
      // a night that was paid for and given up keeps its jobs and its branch
      const earlier = (await jobsWithKey(this.#client, made['account'] ?? '', job.key, signal)).map(
        ({ id }) => id,
      )
      const branch = `night-${job.key.slice(0, 16)}${earlier.length === 0 ? '' : `-${earlier.length + 1}`}`
      await keep({ label: names.label, branch, earlier: earlier.join(','), model: names.model })
    }
    return made
  }

  async find(job: TrainingJob, refs: Refs, { signal }: CallContext): Promise<string | null> {
    const { account, earlier } = nightRefs(refs)
    const jobs = await jobsWithKey(this.#client, account, job.key, signal)
    return jobs.find(({ id }) => !earlier.split(',').includes(id))?.id ?? null
  }

  async create(job: TrainingJob, refs: Refs, { signal }: CallContext): Promise<string> {
    const { account, flavor, label, dataset, revision, model, branch } = nightRefs(refs)
    const night = { key: job.key, dataset, revision, model, branch }
    const body = await jobRequest(job, night, flavor, label, this.#token)
    const path = `/api/jobs/${account}`
    const { id } = await this.#client.json({ method: 'POST', path, body, signal }, jobAnswer)
    return id
  }

  async look(id: string, refs: Refs, { signal }: CallContext): Promise<JobStatus> {
    const job = await this.#job(id, refs, signal)
    const state = stateOf(job)
    const log =
      state === 'running' || state === 'failed'
        ? readLog(
            await logTail(this.#client, `${jobPath(id, refs)}/logs`, {
              lines: LINES,
              quietMs: this.timing.quietMs ?? 2000,
              signal,
            }),
          )
        : null
    const said = [job.status.message, log?.failure].filter((text) => text !== null && text !== undefined)
    return {
      state,
      progress: log?.progress ?? null,
      error: state === 'failed' && said.length > 0 ? said.join(': ') : null,
    }
  }

  async cancel(id: string, refs: Refs, { signal }: CallContext): Promise<void> {
    const path = `${jobPath(id, refs)}/cancel`
    await this.#client.send({ method: 'POST', path, repeatable: true, signal })
  }

  async fetch(id: string, job: TrainingJob, refs: Refs, { signal }: CallContext): Promise<CollectedJob> {
    const paid = priceOf(await this.#job(id, refs, signal), refs)
    const done = await readTrainingFolder(job.outputDir, job.key)
    if (done) return { ...done, ...paid }
    const { model, branch } = nightRefs(refs)
    const place: AdapterPlace = {
      client: this.#downloads,
      hubUrl: this.#hubUrl,
      retries: this.config.hosted.retries,
      repo: model,
      branch,
      key: job.key,
      signal,
    }
    const found = await findAdapter(place)
    const told = await readDescription(found, place, `${job.outputDir}.${process.pid}.attune.tmp`)
    const result = {
      checkpoint: checkpointOf(job, told.versions['trl'] ?? 'unknown', told.log),
      log: told.log,
    }
    await writeTrainingFolder(job.outputDir, job.key, result, async (folder) => {
      await downloadAdapter(found, told, place, folder)
      await inspectFolder(folder, { kind: 'adapter', base: job.base })
    })
    return { ...result, ...paid }
  }

  #access(signal: AbortSignal | undefined): HubAccess {
    const { backoffMs } = this.timing
    return {
      accessToken: this.#token,
      hubUrl: this.#hubUrl,
      retries: this.config.hosted.retries,
      signal,
      ...(backoffMs !== undefined && { backoffMs }),
    }
  }

  async #account(job: TrainingJob, signal?: AbortSignal): Promise<AccountFindings> {
    const whoami = await this.#client.json({ path: '/api/whoami-v2', signal }, whoamiAnswer)
    const { account, timeoutMinutes } = job.config.hosted
    const now = (this.timing.now ?? Date.now)()
    return checkAccount(whoami, account, now + timeoutMinutes * 60_000)
  }

  async #machine({ config }: TrainingJob, signal?: AbortSignal): Promise<Machine> {
    const list = await this.#client.json({ path: '/api/jobs/hardware', signal }, hardwareAnswer)
    return chooseMachine(list, config)
  }

  /** Whether the token may read the base: gated models are refused to those who have not agreed to their terms. */
  async #base({ base, config }: TrainingJob, signal?: AbortSignal): Promise<AttuneError[]> {
    return this.#client
      .send({ path: `/${base}/resolve/main/config.json`, signal })
      .then(async (response) => {
        await response.body?.cancel()
        return []
      })
      .catch((error: unknown) => {
        if (!AttuneError.is(error) || !['TRAINER_NOT_FOUND', 'TRAINER_DENIED'].includes(error.code))
          throw error
        return [
          new AttuneError('TRAINER_CANNOT', 'config', `hf-jobs may not read the base ${base}`, {
            key: config.base === null ? 'assistant.model' : 'trainer.base',
            hint: `Check its name; if it is gated, agree to its terms at https://huggingface.co/${base}.`,
            cause: error,
          }),
        ]
      })
  }

  #job(id: string, refs: Refs, signal?: AbortSignal): Promise<JobAnswer> {
    return this.#client.json({ path: jobPath(id, refs), signal }, jobAnswer)
  }
}

/** Running time is what is paid for. */
function priceOf(
  { durations }: JobAnswer,
  { usdPerHour }: Refs,
): Required<Pick<CollectedJob, 'usd' | 'seconds'>> {
  const seconds = durations?.runningSecs ?? null
  const usd = seconds === null || usdPerHour === undefined ? null : (seconds / 3600) * Number(usdPerHour)
  return { seconds, usd }
}

function checkpointOf(job: TrainingJob, version: string, log: CollectedJob['log']): Checkpoint {
  const parent = job.parent?.id ?? null
  const trainer = `hf-jobs/trl-${version}`
  return {
    // a GPU does not repeat itself to the bit: the id names the job and what ran it
    id: sha256Hex(canonicalJson({ parent, key: job.key, trainer })).slice(0, 16),
    parent,
    base: job.base,
    trainer,
    pairs: sha256Hex(canonicalJson(job.pairs)),
    location: 'checkpoint',
    kind: 'adapter',
    metrics: { ...log.at(-1) },
  }
}
