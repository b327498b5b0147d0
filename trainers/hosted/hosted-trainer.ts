import { setTimeout as sleep } from 'node:timers/promises'
import { AttuneError } from '../../common/error.js'
import type {
  CollectedJob,
  CollectOptions,
  JobHandle,
  JobPlan,
  JobStatus,
  SubmitOptions,
  Trainer,
  TrainingJob,
} from '../trainer.js'
import type { Refs, Service } from './service.js'

/** Set before the one call that costs money: from here on a job may exist. */
const ANNOUNCED = 'announced'
/** Looks for a job whose creation got no answer, before it is given up. */
const SEARCHES = 5

export interface HostedOptions {
  pollSeconds: number
}

/** A fine-tuning service as a trainer: one job for each key, looked up before it is created. */
export class HostedTrainer implements Trainer {
  constructor(
    private readonly service: Service,
    private readonly options: HostedOptions,
  ) {}

  get name(): string {
    return this.service.name
  }

  plan(job: TrainingJob, options: { signal?: AbortSignal } = {}): Promise<JobPlan> {
    return this.service.plan(job, options)
  }

  /** @throws AttuneError TRAINER_JOB_REFUSED with all problems of the plan, and what the service throws */
  async submit(
    job: TrainingJob,
    { signal, stored, save = async () => {}, onPlan = () => {} }: SubmitOptions = {},
  ): Promise<JobHandle> {
    const { service } = this
    const mine = stored?.key === job.key ? stored : undefined
    if (mine?.id) return mine
    const handle = (refs: JobHandle['refs'] = {}, id: string | null = null): JobHandle => ({
      backend: service.name,
      key: job.key,
      id,
      refs,
    })
    if (!mine) await onPlan(await this.#checked(job, signal))
    let refs = mine?.refs ?? {}
    if (refs[ANNOUNCED] === undefined) {
      refs = await service.prepare(job, refs, { signal, save: (made) => save(handle(made)) })
      refs = { ...refs, [ANNOUNCED]: 'yes' }
      await save(handle(refs))
      signal?.throwIfAborted()
    } else {
      const found = await this.#search(job, refs, signal)
      if (found !== null) return this.#submitted(handle(refs, found), save)
    }
    const id = await this.#create(job, refs, signal)
    return this.#submitted(handle(refs, id), save)
  }

  status(handle: JobHandle): Promise<JobStatus> {
    return this.service.look(idOf(handle), handle.refs ?? {}, {})
  }

  cancel(handle: JobHandle): Promise<void> {
    return this.service.cancel(idOf(handle), handle.refs ?? {}, {})
  }

  async collect(handle: JobHandle, job: TrainingJob, options: CollectOptions = {}): Promise<CollectedJob> {
    const { signal, onStatus } = options
    const id = idOf(handle)
    const refs = handle.refs ?? {}
    for (;;) {
      signal?.throwIfAborted()
      const status = await this.service.look(id, refs, { signal }).catch((error: unknown) => {
        throw AttuneError.is(error) && error.code === 'TRAINER_NOT_FOUND'
          ? vanished(this.name, id, error)
          : error
      })
      onStatus?.(status)
      if (status.state === 'succeeded') return this.service.fetch(id, job, refs, { signal })
      if (status.state === 'failed' || status.state === 'cancelled') throw ended(this.name, id, status)
      await sleep(this.options.pollSeconds * 1000, undefined, signal && { signal }).catch(() => undefined)
    }
  }

  async #checked(job: TrainingJob, signal?: AbortSignal): Promise<JobPlan> {
    const plan = await this.service.plan(job, { signal })
    const { problems } = plan
    if (problems.length === 0) return plan
    throw new AttuneError(
      'TRAINER_JOB_REFUSED',
      'trainer',
      `${this.name} cannot do this job; nothing was paid`,
      {
        problems,
        hint: 'Mend what is told and run the same command again.',
      },
    )
  }

  async #create(job: TrainingJob, refs: Record<string, string>, signal?: AbortSignal): Promise<string> {
    try {
      return await this.service.create(job, refs, { signal })
    } catch (error) {
      if (!AttuneError.is(error) || error.code !== 'TRAINER_ANSWER_LOST') throw error
      const found = await this.#search(job, refs, signal)
      if (found !== null) return found
      throw error
    }
  }

  /** Looks for a job several times: a service may list it only a while after it was created. */
  async #search(job: TrainingJob, refs: Refs, signal?: AbortSignal): Promise<string | null> {
    for (let search = 1; ; search++) {
      const found = await this.service.find(job, refs, { signal })
      if (found !== null || search === SEARCHES) return found
      const wait = Math.min(this.options.pollSeconds, search) * 1000
      await sleep(wait, undefined, signal && { signal }).catch(() => undefined)
      signal?.throwIfAborted()
    }
  }

  async #submitted(handle: JobHandle, save: (handle: JobHandle) => Promise<void>): Promise<JobHandle> {
    await save(handle)
    return handle
  }
}

function idOf({ backend, id }: JobHandle): string {
  if (id !== null) return id
  throw new AttuneError('TRAINER_JOB_UNKNOWN', 'trainer', `${backend} has not been given this job yet`, {
    hint: 'Submit it first: it is looked up by its key.',
  })
}

function vanished(name: string, id: string, cause: unknown): AttuneError {
  return new AttuneError('TRAINING_JOB_VANISHED', 'trainer', `${name} no longer knows job ${id}`, {
    hint: 'Look for it in the service. To train this night anew, and pay for it, delete handle.json of the day.',
    cause,
  })
}

function ended(name: string, id: string, { state, error }: JobStatus): AttuneError {
  const why = error === null ? '' : `: ${error}`
  const code = state === 'failed' ? 'TRAINING_FAILED' : 'TRAINING_CANCELLED'
  return new AttuneError(
    code,
    'trainer',
    `job ${id} of ${name} has ${state === 'failed' ? 'failed' : 'been cancelled'}${why}`,
    {
      hint: 'To train this night anew, and pay for it, delete handle.json of the day and run the same command again.',
    },
  )
}
