import { existsSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { performance } from 'node:perf_hooks'
import type { ModelAssistant } from '../../assistant/model-assistant.js'
import { readCheckpoint } from '../../checkpoints/read-checkpoint.js'
import { AttuneError } from '../../common/error.js'
import { ioError, writeJsonAtomic } from '../../common/files.js'
import type { RunConfig } from '../../configs/schema.js'
import { buildDayPairs } from '../../datasets/pairing/build-day-pairs.js'
import { readPairs, readRecords, writePairs, writeRecords } from '../../datasets/parquet.js'
import type { PreferencePair, RatedRecord } from '../../datasets/schema.js'
import type { Budget } from '../../models/calls/budget.js'
import type { LedgerSlot } from '../../models/calls/ledger.js'
import type { ChatModel } from '../../models/chat-model.js'
import type { DayPlan, UserAgent } from '../../simulator/user-agent.js'
import type { Trainer } from '../../trainers/trainer.js'
import { openJournal } from '../journal.js'
import type { Emit, Stage } from '../progress/events.js'
import type { DayFiles, RunFolder } from '../run/run-folder.js'
import { collectDay, remember } from '../stages/collect-day.js'
import { measureDay } from '../stages/measure-day.js'
import { type MeasureRetention, type Retention, retentionAfter } from '../stages/retention.js'
import { type StoredCheckpoint, trainNight } from '../stages/train-night.js'

export interface LivePersonaOptions {
  folder: RunFolder
  arm: string
  /** Id. */
  persona: string
  /** With the arm's overrides applied. */
  config: RunConfig
  user: UserAgent
  /** The assistant as it is before the first day, with a model to begin with. */
  assistant: (model: ChatModel) => ModelAssistant
  /** The model of a checkpoint; null: the one that the first day begins with. */
  serve: (stored: StoredCheckpoint | null) => Promise<ChatModel>
  /** Null: never train. */
  trainer: Trainer | null
  /** Measures after each night what the model has kept; null: nothing is measured. */
  retention: MeasureRetention | null
  /** Takes the paid calls of a day; null where nobody is paid. */
  ledger: LedgerSlot | null
  /** Caps what the jobs of nights may cost. */
  budget: Pick<Budget, 'reserve'>
  /** The model that nights train, as the trainer names it. */
  base: string
  /** Does what takes this machine's cores and memory, one after the other. */
  here: <T>(work: () => Promise<T>) => Promise<T>
  signal?: AbortSignal | undefined
  emit: Emit
}

/**
 * The day loop of one persona in one arm: live, pair, train, measure, day after day. Every stage whose file stands is
 * read instead of done again, so the same call goes on where an earlier one stopped.
 */
export async function livePersona(options: LivePersonaOptions): Promise<void> {
  await new Life(options).live()
  options.emit({ type: 'task-done', arm: options.arm, persona: options.persona })
}

class Life {
  #checkpoint: StoredCheckpoint | null = null
  #assistant: ModelAssistant | null = null
  /** Sealed days that the assistant has not been told of yet: needed only if a day is still to be lived. */
  #untold: { day: number; records: string }[] = []

  constructor(private readonly options: LivePersonaOptions) {}

  async live(): Promise<void> {
    const { config, folder, arm, persona, emit } = this.options
    for (let day = 1; day <= config.days; day++) {
      const files = folder.day(arm, persona, day)
      await mkdir(files.folder, { recursive: true }).catch((cause: unknown) => {
        throw ioError('write', files.folder, cause)
      })
      if (existsSync(files.metrics)) {
        await this.#night(files, day)
        this.#untold.push({ day, records: files.records })
        emit({ type: 'day-found', arm, persona, day })
      } else await this.#day(files, day)
    }
    await this.#assistant?.close()
  }

  async #day(files: DayFiles, day: number): Promise<void> {
    const { config, arm, persona, user, ledger, signal } = this.options
    const seconds: Partial<Record<Stage, number>> = {}
    const timed = async <T>(stage: Stage, work: () => Promise<T>): Promise<T> => {
      const from = performance.now()
      const result = await work()
      seconds[stage] = (performance.now() - from) / 1000
      return result
    }
    const calls = await ledger?.open(files.calls)
    try {
      const plan = await user.planDay(day, { signal })
      const records = await timed('live', () => this.#records(files, plan))
      const built = buildDayPairs(records, config.pairs)
      if (!existsSync(files.pairs)) await timed('pair', () => writePairs(files.pairs, built.pairs))
      await timed('train', () => this.#night(files, day))
      const retention = await timed('measure', () => this.#retention(day))
      await writeJsonAtomic(files.timing, seconds)
      const spent = calls?.spent ?? {}
      const metrics = await measureDay({
        path: files.metrics,
        records,
        plan,
        built,
        retention,
        spent,
        ...config.simulator,
      })
      const { mean, delivered, perHour } = metrics
      const figures = { mean: mean ?? 0, delivered, perHour: perHour ?? 0 }
      this.options.emit({ type: 'day-done', arm, persona, day, ...figures })
    } finally {
      await ledger?.close()
    }
  }

  async #records(files: DayFiles, plan: DayPlan): Promise<RatedRecord[]> {
    const { config, user, signal } = this.options
    const { delaySteps } = config.simulator
    const assistant = await this.#awake()
    if (existsSync(files.records)) {
      const records = await readRecords(files.records)
      remember(assistant, plan.day, records, delaySteps)
      await rm(files.journal, { force: true })
      return records
    }
    const journal = await openJournal(files.journal, plan.moments)
    try {
      const onStep = (done: number, of: number): void => this.#tell('live', plan.day, done, of)
      const records = await collectDay({
        user,
        assistant,
        plan,
        delaySteps,
        journal,
        reactive: config.assistant.speaks === 'asked',
        revise: config.pairs.source === 'revision',
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
    const { config, serve, assistant } = this.options
    const model = await serve(this.#checkpoint)
    if (this.#assistant) await this.#assistant.useModel(model)
    else this.#assistant = assistant(model)
    for (const { day, records } of this.#untold) {
      remember(this.#assistant, day, await readRecords(records), config.simulator.delaySteps)
    }
    this.#untold = []
    return this.#assistant
  }

  async #night(files: DayFiles, day: number): Promise<void> {
    const { trainer, budget, config, base, arm, persona, here, emit, signal } = this.options
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
      base,
      persona,
      day,
      files,
      parent: this.#checkpoint,
      pairsByDay: () => this.#pairsUntil(day),
      here,
      budget,
      signal,
      onStatus: ({ state, progress }) =>
        this.#tell('train', day, progress?.step ?? 0, progress?.steps ?? 1, progress ? undefined : state),
      onNote: (note) => emit({ type: 'note', arm, persona, day, note }),
    })
    await this.#prune(before)
    this.#tell('train', day, 1, 1)
  }

  #retention(day: number): Promise<Retention | null> {
    const { retention, signal } = this.options
    if (!retention) return Promise.resolve(null)
    return retentionAfter(retention, this.#checkpoint, { day, signal })
  }

  /** Read back every night: kept in memory, the prompts of all days of all personas would not fit. */
  #pairsUntil(day: number): Promise<PreferencePair[][]> {
    const { folder, arm, persona } = this.options
    const days = Array.from({ length: day }, (_, i) => folder.day(arm, persona, i + 1).pairs)
    return Promise.all(days.map((file) => readPairs(file)))
  }

  /** Removes the weights of the night before, once those of this night are sealed. */
  async #prune(before: StoredCheckpoint | null): Promise<void> {
    const moved = before?.dir && before.dir !== this.#checkpoint?.dir
    if (moved && this.options.config.trainer.keep === 'latest')
      await rm(before.dir!, { recursive: true, force: true })
  }

  #tell(stage: Stage, day: number, done: number, of: number, state?: string): void {
    const { arm, persona, emit } = this.options
    emit({ type: 'stage', arm, persona, day, stage, done, of, ...(state !== undefined && { state }) })
  }
}

function parentPruned(dir: string): AttuneError {
  return new AttuneError('CHECKPOINT_INVALID', 'data', 'the weights that this night goes on from are gone', {
    file: dir,
    hint: 'Delete checkpoint.json of every day of this persona and run again: its nights are trained again from their pairs.',
  })
}
