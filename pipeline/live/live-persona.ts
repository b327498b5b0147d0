import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import { isDeepStrictEqual } from 'node:util'
import { ModelAssistant } from '../../assistant/model-assistant.js'
import { readCheckpoint } from '../../checkpoints/read-checkpoint.js'
import type { CheckpointServer } from '../../checkpoints/serve.js'
import { AttuneError } from '../../common/error.js'
import { ioError, writeJsonAtomic } from '../../common/files.js'
import type { World } from '../../configs/load-world.js'
import type { Persona } from '../../configs/persona.js'
import type { RunConfig } from '../../configs/schema.js'
import { buildDayPairs } from '../../datasets/pairing/build-day-pairs.js'
import { readPairs, readRecords, writePairs, writeRecords } from '../../datasets/parquet.js'
import type { PreferencePair, RatedRecord } from '../../datasets/schema.js'
import { RubricUser } from '../../simulator/rubric-user.js'
import { Understanding } from '../../simulator/understand.js'
import type { DayPlan } from '../../simulator/user-agent.js'
import type { Trainer } from '../../trainers/trainer.js'
import { Journal } from '../journal.js'
import type { Emit, Stage } from '../progress/events.js'
import type { DayFiles, RunFolder } from '../run/run-folder.js'
import { collectDay, remember } from '../stages/collect-day.js'
import { measureDay } from '../stages/measure-day.js'
import { type StoredCheckpoint, trainNight } from '../stages/train-night.js'

export interface LivePersonaOptions {
  folder: RunFolder
  arm: string
  persona: Persona
  world: World
  /** With the arm's overrides applied. */
  config: RunConfig
  /** Absolute folder of the base model. */
  base: string
  server: CheckpointServer
  /** Null: never train. */
  trainer: Trainer | null
  signal?: AbortSignal | undefined
  emit: Emit
}

/**
 * The day loop of one persona in one arm: live, pair, train, measure, day after day. Every stage whose file stands is
 * read instead of done again, so the same call goes on where an earlier one stopped.
 */
export async function livePersona(options: LivePersonaOptions): Promise<void> {
  await new Life(options).live()
  options.emit({ type: 'task-done', arm: options.arm, persona: options.persona.id })
}

class Life {
  readonly #user: RubricUser
  readonly #pairsByDay: PreferencePair[][] = []
  #checkpoint: StoredCheckpoint | null = null
  #assistant: ModelAssistant | null = null
  /** Sealed days that the assistant has not been told of yet: needed only if a day is still to be lived. */
  #untold: { day: number; records: string }[] = []

  constructor(private readonly options: LivePersonaOptions) {
    const { persona, world, config } = options
    const understanding = new Understanding(world.catalogue)
    this.#user = new RubricUser({
      persona,
      ...world,
      understanding,
      simulator: config.simulator,
      seed: config.seed,
    })
  }

  async live(): Promise<void> {
    const { config, folder, arm, persona } = this.options
    for (let day = 1; day <= config.days; day++) {
      const files = folder.day(arm, persona.id, day)
      await mkdir(files.folder, { recursive: true }).catch((cause: unknown) => {
        throw ioError('write', files.folder, cause)
      })
      const sealed = existsSync(files.metrics)
      const seconds: Partial<Record<Stage, number>> = {}
      const timed = async <T>(stage: Stage, work: () => Promise<T>): Promise<T> => {
        const from = performance.now()
        const result = await work()
        seconds[stage] = (performance.now() - from) / 1000
        return result
      }
      const plan = sealed ? null : await this.#user.planDay(day)
      const records = plan ? await timed('live', () => this.#records(files, plan)) : null
      const built = records ? buildDayPairs(records, config.pairs) : null
      if (built && !existsSync(files.pairs)) await timed('pair', () => writePairs(files.pairs, built.pairs))
      this.#pairsByDay.push(built?.pairs ?? (await readPairs(files.pairs)))
      await timed('train', () => this.#night(files, day))
      if (records && built && plan) {
        const { stepSeconds } = config.simulator
        await writeJsonAtomic(files.timing, seconds)
        const metrics = await measureDay(files.metrics, records, plan, built, stepSeconds)
        const { mean, delivered, perHour } = metrics
        this.options.emit({
          type: 'day-done',
          arm,
          persona: persona.id,
          day,
          mean: mean ?? 0,
          delivered,
          perHour: perHour ?? 0,
        })
      } else {
        this.#untold.push({ day, records: files.records })
        this.options.emit({ type: 'day-found', arm, persona: persona.id, day })
      }
    }
    await this.#assistant?.close()
  }

  async #records(files: DayFiles, plan: DayPlan): Promise<RatedRecord[]> {
    const { config, signal } = this.options
    const { delaySteps } = config.simulator
    const assistant = await this.#awake()
    if (existsSync(files.records)) {
      const records = await readRecords(files.records)
      remember(assistant, plan.day, records, delaySteps)
      await rm(files.journal, { force: true })
      return records
    }
    // of another day, or written twice by a worker that outlived its run for a moment
    const inPlan = ({ moment }: RatedRecord, i: number): boolean => isDeepStrictEqual(moment, plan.moments[i])
    const journal = await Journal.open(files.journal, inPlan)
    try {
      const onStep = (done: number, of: number): void => this.#tell('live', plan.day, done, of)
      const records = await collectDay({
        user: this.#user,
        assistant,
        plan,
        delaySteps,
        journal,
        signal,
        onStep,
      })
      await writeRecords(files.records, records)
      await journal.remove()
      return records
    } finally {
      await journal.close()
    }
  }

  /** The assistant with the latest checkpoint, told of all days before. */
  async #awake(): Promise<ModelAssistant> {
    const { config, world, server, base } = this.options
    const model = await server.serve(base, this.#checkpoint)
    if (this.#assistant) await this.#assistant.useModel(model)
    else
      this.#assistant = new ModelAssistant({
        model,
        config: config.assistant,
        catalogue: world.catalogue,
        seed: config.seed,
      })
    for (const { day, records } of this.#untold) {
      remember(this.#assistant, day, await readRecords(records), config.simulator.delaySteps)
    }
    this.#untold = []
    return this.#assistant
  }

  async #night(files: DayFiles, day: number): Promise<void> {
    const { trainer, config, persona, signal } = this.options
    if (!trainer) return
    const before = this.#checkpoint
    if (existsSync(files.checkpoint)) {
      this.#checkpoint = (await readCheckpoint(files.checkpoint)) ?? before
      return this.#prune(before)
    }
    if (before?.dir && !existsSync(before.dir)) throw parentPruned(before.dir)
    this.#tell('train', day, 0, 1)
    this.#checkpoint = await trainNight({
      trainer,
      config,
      persona: persona.id,
      day,
      files,
      parent: this.#checkpoint,
      pairsByDay: this.#pairsByDay,
      signal,
    })
    await this.#prune(before)
    this.#tell('train', day, 1, 1)
  }

  /** Removes the weights of the night before, once those of this night are sealed. */
  async #prune(before: StoredCheckpoint | null): Promise<void> {
    const moved = before?.dir && before.dir !== this.#checkpoint?.dir
    if (moved && this.options.config.trainer.keep === 'latest')
      await rm(before.dir!, { recursive: true, force: true })
  }

  #tell(stage: Stage, day: number, done: number, of: number): void {
    const { arm, persona, emit } = this.options
    emit({ type: 'stage', arm, persona: persona.id, day, stage, done, of })
  }
}

function parentPruned(dir: string): AttuneError {
  return new AttuneError('CHECKPOINT_INVALID', 'data', 'the weights that this night goes on from are gone', {
    file: dir,
    hint: 'Delete checkpoint.json of every day of this persona and run again: its nights are trained again from their pairs.',
  })
}
