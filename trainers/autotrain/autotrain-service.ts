import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { pushFolder } from '../../checkpoints/hub/push-folder.js'
import { AttuneError } from '../../common/error.js'
import type { TrainerConfig } from '../../configs/schema.js'
import { preferenceRows } from '../hf-jobs/preference-rows.js'
import { repoNames } from '../hf-jobs/repo-names.js'
import { keyVariableOf } from '../hosted/connect.js'
import { hostedCheckpoint, outputIncomplete, parentProblems } from '../hosted/hosted-checkpoint.js'
import { problemsOf } from '../hosted/problems-of.js'
import { ServiceClient } from '../hosted/service-client.js'
import type { CallContext, PrepareContext, Refs, Service } from '../hosted/service.js'
import type { CollectedJob, JobPlan, JobStatus, TrainingJob } from '../trainer.js'
import { cannot, keyMissing } from '../cannot.js'
import { autoTrainNotes, hubOf } from './autotrain-settings.js'
import { projectForm } from './project-request.js'
import { readAutoTrainLog, type AutoTrainLog } from './read-log.js'

const training = z.object({ model_training: z.boolean(), pids: z.array(z.number()) })
const accelerators = z.object({ accelerators: z.union([z.int(), z.string()]) })
const created = z.object({ success: z.literal('true') })
const logAnswer = z.object({ logs: z.union([z.array(z.string()), z.string()]) })
const whoami = z.object({ name: z.string().min(1) })
const repo = z.object({ siblings: z.array(z.object({ rfilename: z.string() })).default([]) })

/** A repository of AutoTrain holds these once all is pushed, in one commit. */
const WHOLE = /^model(?:-\d{5}-of-\d{5})?\.safetensors$/
const DONE = 'training_params.json'

/**
 * An AutoTrain server of one's own: the pairs are pushed as a private dataset, and a project trains on the server and
 * pushes a whole model to `<account>/<project>`, which is the checkpoint. The next night starts from that model. The
 * reference is the model that a night starts from (adapters, which are merged each night, or `reference: previous`) or,
 * training all weights, the base.
 *
 * The server knows no ids and one training at a time. The name of a project carries the job's key, and the server refuses
 * a name whose repository stands: so a job whose creation got no answer is waited for and found by its repository.
 */
export class AutoTrainService implements Service {
  readonly name = 'autotrain'
  readonly #hub: ServiceClient
  readonly #hubUrl: string
  readonly #token: string
  readonly #server: string

  /** @throws AttuneError TRAINER_KEY_MISSING */
  constructor(
    private readonly config: TrainerConfig,
    env: NodeJS.ProcessEnv,
    private readonly timing: { backoffMs?: number } = {},
  ) {
    const place = hubOf(env)
    const keyVariable = keyVariableOf(config, place)
    const key = env[keyVariable]?.trim() ?? ''
    if (key === '') throw keyMissing(config, keyVariable)
    this.#token = key
    this.#hubUrl = place.url
    this.#server = (config.hosted.url ?? '').replace(/\/+$/, '')
    const { retries } = config.hosted
    this.#hub = new ServiceClient({
      service: this.name,
      url: place.url,
      key,
      keyVariable,
      retries,
      ...timing,
    })
  }

  async plan(job: TrainingJob, { signal }: CallContext): Promise<JobPlan> {
    const refused = await problemsOf(async () => {
      await this.#account(signal)
      const path = `${this.#server}/ui/accelerators`
      const found = await this.#hub.json({ path, signal }, accelerators)
      return found.accelerators === 0 ? [noGpu(this.config)] : []
    })
    const problems = [...parentProblems(job, this.name), ...refused]
    return { problems, notes: autoTrainNotes(job.config), usd: null }
  }

  async prepare(job: TrainingJob, refs: Refs, { signal, save }: PrepareContext): Promise<Refs> {
    let made = refs
    const keep = async (more: Refs): Promise<void> => {
      made = { ...made, ...more }
      await save(made)
    }
    if (made['account'] === undefined) await keep({ account: await this.#account(signal) })
    const account = made['account']!
    if (made['dataset'] === undefined) {
      const { dataset } = repoNames(job, account)
      const content = new Blob([preferenceRows(job.pairs)])
      await pushFolder({
        repo: dataset,
        type: 'dataset',
        files: [{ path: 'data/train.jsonl', content }],
        message: `Night ${job.key.slice(0, 16)}: ${job.pairs.length} pairs`,
        accessToken: this.#token,
        hubUrl: this.#hubUrl,
        retries: this.config.hosted.retries,
        ...this.timing,
        signal,
      })
      await keep({ dataset })
    }
    if (made['project'] === undefined) await keep({ project: await this.#freeName(job, account, signal) })
    return made
  }

  /** A night that was trained and given up keeps its repository: the next attempt has another name. */
  async #freeName({ key }: TrainingJob, account: string, signal?: AbortSignal): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const project = `attune-${key.slice(0, 24)}-${attempt}`
      if ((await this.#files(`${account}/${project}`, signal)) === null) return project
    }
  }

  async find(_job: TrainingJob, refs: Refs, { signal }: CallContext): Promise<string | null> {
    const id = idOf(refs)
    // whatever trains may be this job, before it has made its repository
    for (;;) {
      const busy = await this.#isTraining(signal)
      if ((await this.#files(id, signal)) !== null) return id
      if (!busy) return null
      await this.#pause(signal)
    }
  }

  async create(job: TrainingJob, refs: Refs, { signal }: CallContext): Promise<string> {
    const { account = '', project = '', dataset = '' } = refs
    const body = projectForm(job, { account, project, dataset })
    for (;;) {
      try {
        const path = `${this.#server}/ui/create_project`
        await this.#hub.json({ method: 'POST', path, body, signal }, created)
        return idOf(refs)
      } catch (error) {
        // another night trains: nothing was created
        const busy =
          AttuneError.is(error) && error.code === 'TRAINER_CONFLICT' && !/exists/.test(error.message)
        if (!busy) throw error
        await this.#pause(signal)
      }
    }
  }

  async look(id: string, _refs: Refs, { signal }: CallContext): Promise<JobStatus> {
    const busy = await this.#isTraining(signal)
    const files = await this.#files(id, signal)
    if (files !== null && isWhole(files)) return { state: 'succeeded', progress: null, error: null }
    if (busy) return { state: 'running', progress: null, error: null }
    const { failure } = await this.#log(id, signal)
    const why = failure ?? 'it ended, failed or stopped, without pushing a model; see the server’s log'
    return { state: 'failed', progress: null, error: why }
  }

  /** The server stops whatever it trains, which is one job. */
  async cancel(_id: string, _refs: Refs, { signal }: CallContext): Promise<void> {
    await this.#hub.send({ path: `${this.#server}/ui/stop_training`, signal })
  }

  async fetch(id: string, job: TrainingJob, _refs: Refs, { signal }: CallContext): Promise<CollectedJob> {
    const files = await this.#files(id, signal)
    if (files === null || !isWhole(files))
      throw outputIncomplete(this.name, id, 'its model is not in the repository')
    const { rows, seconds } = await this.#log(id, signal)
    return {
      checkpoint: hostedCheckpoint(job, 'autotrain/0.8', id, { ...rows.at(-1) }),
      log: rows,
      usd: null,
      seconds,
    }
  }

  async #account(signal?: AbortSignal): Promise<string> {
    const { name } = await this.#hub.json({ path: '/api/whoami-v2', signal }, whoami)
    return this.config.hosted.account ?? name
  }

  async #isTraining(signal?: AbortSignal): Promise<boolean> {
    const path = `${this.#server}/ui/is_model_training`
    return (await this.#hub.json({ path, signal }, training)).model_training
  }

  /** Names of a model repository's files; null: there is none. */
  async #files(id: string, signal?: AbortSignal): Promise<string[] | null> {
    try {
      const { siblings } = await this.#hub.json({ path: `/api/models/${id}`, signal }, repo)
      return siblings.map(({ rfilename }) => rfilename)
    } catch (error) {
      if (AttuneError.is(error) && error.code === 'TRAINER_NOT_FOUND') return null
      throw error
    }
  }

  async #log(id: string, signal?: AbortSignal): Promise<AutoTrainLog> {
    const { logs } = await this.#hub.json({ path: `${this.#server}/ui/logs`, signal }, logAnswer)
    return readAutoTrainLog(typeof logs === 'string' ? [] : logs, id.split('/').at(-1)!)
  }

  async #pause(signal?: AbortSignal): Promise<void> {
    await sleep(this.config.hosted.pollSeconds * 1000, undefined, signal && { signal }).catch(() => undefined)
    signal?.throwIfAborted()
  }
}

/** Its command for machines without one grows with every training (autotrain/commands.py, CPU_COMMAND). */
function noGpu(config: TrainerConfig): AttuneError {
  return cannot(
    config,
    'hosted.url',
    'has no GPU on that server, and trains there only once after each start',
    'Start the server on a machine with a GPU, or take trl.',
  )
}

const idOf = ({ account = '', project = '' }: Refs): string => `${account}/${project}`

function isWhole(files: readonly string[]): boolean {
  const weights = files.filter((name) => WHOLE.test(name))
  const [, of] = /-of-(\d{5})\./.exec(weights[0] ?? '') ?? []
  return files.includes(DONE) && weights.length > 0 && (of === undefined || weights.length === Number(of))
}
