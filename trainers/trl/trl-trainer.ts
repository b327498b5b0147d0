import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { AttuneError } from '../../common/error.js'
import { readTrainingFolder } from '../embedded/training-folder.js'
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
import { readEvents, type Told } from './events.js'
import { failureOf } from './failure.js'
import { JobFolder } from './job-folder.js'
import { planJob } from './plan-job.js'
import { endProcess, isAlive, type ProcessMark, startWaiting, type Waiting } from './process.js'
import { takeOutput } from './take-output.js'

const LOOK_MS = 250
/** Longest wait for how a child ended, once it has. */
const EXIT_MS = 1000

/** A started training, as its handle tells it. */
interface Started {
  folder: JobFolder
  mark: ProcessMark
  /** Milliseconds since 1970. */
  at: number
}

/**
 * Trains by TRL in a Python process of this machine, or of another one behind a command prefix.
 *
 * The reference model is the one that `trainer.reference` names. `base`: a fresh adapter is measured against the model with
 * adapters switched off; for one that goes on, TRL would take a frozen copy of it, so that copy is deleted and adapters are
 * switched off again; a whole model is measured against the base, loaded beside it. `previous`: TRL's frozen copy of the
 * parent adapter, or the parent loaded once more.
 *
 * The process outlives this one: killed, attune finds it again by its id and start and waits for it. It is only let begin
 * once its handle is stored. Aborting `collect` ends it.
 */
export class TrlTrainer implements Trainer {
  readonly name = 'trl'
  readonly heavy = true
  /** Trainings of this process, by their folder. */
  readonly #here = new Map<string, { handle: JobHandle; waiting: Waiting }>()

  plan(job: TrainingJob): Promise<JobPlan> {
    return Promise.resolve(planJob(job))
  }

  /** @throws AttuneError TRAINER_JOB_REFUSED with all problems of the plan, TRAINER_PYTHON_MISSING, or of kind `io` */
  async submit(
    job: TrainingJob,
    { signal, stored, save = async () => {}, onPlan = () => {} }: SubmitOptions = {},
  ): Promise<JobHandle> {
    signal?.throwIfAborted()
    const folder = JobFolder.of(job)
    const refs = { folder: folder.path, weights: job.outputDir }
    if (await readTrainingFolder(job.outputDir, job.key))
      return { backend: this.name, key: job.key, id: job.key, refs }
    const known = stored?.key === job.key ? stored : this.#here.get(folder.path)?.handle
    if (known && ['queued', 'running', 'succeeded'].includes((await this.status(known)).state)) return known
    const plan = await this.plan(job)
    refuse(plan)
    await onPlan(plan)
    await folder.write(job)
    signal?.throwIfAborted()
    const waiting = await start(job, folder)
    const { pid, started } = waiting.mark
    const at = Date.now()
    const handle: JobHandle = {
      backend: this.name,
      key: job.key,
      id: String(pid),
      refs: { ...refs, pid: String(pid), started, at: String(at) },
    }
    try {
      await save(handle)
    } catch (error) {
      waiting.drop()
      throw error
    }
    this.#here.set(folder.path, { handle, waiting })
    waiting.go()
    return handle
  }

  async status(handle: JobHandle): Promise<JobStatus> {
    const { weights } = handle.refs ?? {}
    const collected = weights === undefined ? null : await readTrainingFolder(weights, handle.key)
    if (!collected) return look(startedOf(handle)).status
    const steps = collected.log.length
    return { state: 'succeeded', progress: { step: steps, steps }, error: null }
  }

  async cancel(handle: JobHandle): Promise<void> {
    const { folder, mark } = startedOf(handle)
    if (!isAlive(mark)) return
    await folder.cancel()
    await endProcess(mark)
  }

  /** @throws AttuneError TRAINING_FAILED, TRAINING_DIVERGED, PAIR_TOO_LONG or TRAINING_CANCELLED; the signal's reason */
  async collect(
    handle: JobHandle,
    job: TrainingJob,
    { signal, onStatus }: CollectOptions = {},
  ): Promise<CollectedJob> {
    const done = await readTrainingFolder(job.outputDir, job.key)
    if (done) {
      await JobFolder.of(job).remove()
      return done
    }
    const started = startedOf(handle)
    const { folder } = started
    const limit = job.config.trl.timeoutMinutes * 60_000
    for (;;) {
      if (signal?.aborted) {
        await this.cancel(handle)
        throw signal.reason
      }
      const { status, told } = look(started)
      onStatus?.(status)
      if (status.state === 'succeeded') return takeOutput(job, folder, told)
      if (status.state === 'cancelled') throw cancelled()
      if (status.state === 'failed') throw failureOf(folder, told, await this.#exit(folder), job.config)
      if (Date.now() - started.at > limit) {
        await this.cancel(handle)
        throw late(job, folder)
      }
      await sleep(LOOK_MS, undefined, signal && { signal }).catch(() => undefined)
    }
  }

  /** How a process that was started here ended; null for one of an earlier process. */
  async #exit(folder: JobFolder): Promise<string | null> {
    const waiting = this.#here.get(folder.path)?.waiting
    if (!waiting) return null
    for (let waited = 0; waiting.exit() === null && waited < EXIT_MS; waited += 20) await sleep(20)
    return waiting.exit()
  }
}

function look({ folder, mark }: Started): { status: JobStatus; told: Told } {
  // before what it told is read: whoever is gone by then has told all
  const alive = isAlive(mark)
  const told = readEvents(folder.stdout)
  const progress = told.steps === null ? null : { step: told.log.at(-1)?.step ?? 0, steps: told.steps }
  const status = (state: JobStatus['state'], error: string | null = null): JobStatus => ({
    state,
    progress,
    error,
  })
  if (alive) return { told, status: status(told.steps === null ? 'queued' : 'running') }
  if (told.done && existsSync(folder.output)) return { told, status: status('succeeded') }
  if (existsSync(folder.cancelled)) return { told, status: status('cancelled') }
  return { told, status: status('failed', told.failed?.message ?? 'it ended without weights') }
}

function startedOf({ id, refs = {} }: JobHandle): Started {
  const { folder, pid, started, at } = refs
  if (folder !== undefined && pid !== undefined && started !== undefined)
    return { folder: new JobFolder(folder), mark: { pid: Number(pid), started }, at: Number(at) }
  throw new AttuneError('TRAINING_JOB_UNKNOWN', 'trainer', `there is no training by TRL under ${id}`, {
    hint: 'Submit the job again: a finished one is found in its folder.',
  })
}

async function start(job: TrainingJob, folder: JobFolder): Promise<Waiting> {
  const { prefix, python } = job.config.trl
  const words = [python, folder.script, folder.path]
  // ssh gives its words to a shell
  const shell = prefix.some((word) => basename(word) === 'ssh')
  const command = [...prefix, ...(shell ? words.map(quoted) : words)]
  try {
    return await startWaiting(command, folder)
  } catch (cause) {
    throw new AttuneError('TRAINER_PYTHON_MISSING', 'config', `${command[0]} could not be started`, {
      key: prefix.length === 0 ? 'trainer.trl.python' : 'trainer.trl.prefix',
      hint: 'Name a Python with torch, trl and peft (`pip install trl peft`), or correct the prefix.',
      cause,
    })
  }
}

const quoted = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`

function refuse({ problems }: JobPlan): void {
  if (problems.length === 0) return
  throw new AttuneError('TRAINER_JOB_REFUSED', 'trainer', 'trl cannot train this night', {
    problems,
    hint: 'Mend what is told and run the same command again.',
  })
}

const cancelled = (): AttuneError =>
  new AttuneError('TRAINING_CANCELLED', 'trainer', 'the training was cancelled', {
    hint: 'Submit the job again.',
  })

function late(job: TrainingJob, folder: JobFolder): AttuneError {
  const { timeoutMinutes } = job.config.trl
  return new AttuneError(
    'TRAINING_FAILED',
    'trainer',
    `the training by TRL took longer than ${timeoutMinutes} minutes and was ended`,
    {
      key: 'trainer.trl.timeoutMinutes',
      file: folder.stderr,
      hint: 'Raise trainer.trl.timeoutMinutes, or train on fewer pairs.',
    },
  )
}
