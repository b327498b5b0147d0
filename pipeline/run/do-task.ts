import { ModelAssistant } from '../../assistant/model-assistant.js'
import { allowedReplies } from '../../assistant/grammar.js'
import { CheckpointServer } from '../../checkpoints/serve.js'
import type { World } from '../../configs/load-world.js'
import type { AnyPersona } from '../../configs/persona.js'
import { loadPrompts, type Prompts } from '../../configs/prompts.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import { BUILT_IN } from '../../configs/run/simulator.js'
import type { ReferencePolicy, RunConfig } from '../../configs/schema.js'
import { baseFolder } from '../../models/base-folder.js'
import { Budget, type Cost } from '../../models/calls/budget.js'
import { LedgerSlot } from '../../models/calls/ledger.js'
import type { ChatModel } from '../../models/chat-model.js'
import type { Embedder } from '../../models/embedding/embedder.js'
import { LlmPlanner } from '../../simulator/llm/llm-planner.js'
import { createTrainer } from '../../trainers/create-trainer.js'
import type { Trainer } from '../../trainers/trainer.js'
import { createRetention } from '../live/create-retention.js'
import { type CreatedUser, createUser } from '../live/create-user.js'
import { Endpoints, type StandIns } from '../live/endpoints.js'
import { livePersona } from '../live/live-persona.js'
import { liveReference } from '../live/live-reference.js'
import { StoredPlanner } from '../live/stored-planner.js'
import type { Emit } from '../progress/events.js'
import { referencePolicy } from '../references/reference-policies.js'
import type { MeasureRetention } from '../stages/retention.js'
import type { StoredCheckpoint } from '../stages/train-night.js'
import { RunFolder } from './run-folder.js'
import type { Task } from './tasks.js'

export interface Workplace {
  root: string
  config: RunConfig
  world: World
  personas: readonly AnyPersona[]
  /** Spent by earlier processes of this run. @default nothing */
  spent?: { calls: number } & Cost
}

/** Does tasks of one run, several at once where they wait for endpoints; what is costly to set up is kept between them. */
export class TaskRunner {
  readonly #folder: RunFolder
  readonly #prompts: Prompts
  readonly #budget: Budget
  readonly #endpoints: Endpoints
  readonly #trainers = new Map<string, Promise<Trainer | null>>()
  readonly #planners = new Map<string, StoredPlanner>()
  #work: Promise<unknown> = Promise.resolve()

  /** @param standIns for dry runs: no model is then loaded or called */
  constructor(
    private readonly workplace: Workplace,
    private readonly standIns?: StandIns,
  ) {
    const { root, config, spent = { calls: 0, tokens: 0, usd: 0 } } = workplace
    this.#folder = new RunFolder(root)
    this.#prompts = loadPrompts(config.prompts)
    this.#budget = new Budget(config.budget, spent)
    this.#endpoints = new Endpoints(config.models, this.#budget, standIns)
  }

  /** @throws AttuneError; the signal's reason when aborted */
  async run(task: Task, emit: Emit, signal?: AbortSignal): Promise<void> {
    const persona = this.workplace.personas.find(({ id }) => id === task.persona)!
    const ledger = new LedgerSlot()
    const { config: run } = this.workplace
    const folder = this.#folder
    if (task.kind === 'reference')
      return this.#reference(task.arm as ReferencePolicy, persona, ledger, emit, signal)
    const config = resolveArm(run, task.arm)
    const paid = [config.simulator.rater, config.assistant.model]
    const { user } = this.#user(config, persona, ledger)
    const vectors = new LedgerSlot()
    const { embedder: spec } = config.assistant.memory
    if (this.#endpoints.has(spec)) await vectors.open(folder.vectors(task.arm, persona.id))
    const embedder = await this.#endpoints.embedder(spec, vectors)
    try {
      const serve = this.#serve(config, ledger)
      await livePersona({
        folder,
        arm: task.arm,
        persona: persona.id,
        config,
        user,
        assistant: this.#assistant(config, persona, embedder),
        serve,
        trainer: await this.#trainer(task.arm, config),
        budget: this.#budget,
        base: this.#trainedBase(config),
        retention: await this.#retention(task, config, serve),
        ledger: paid.some((name) => this.#endpoints.has(name)) ? ledger : null,
        here: (work) => this.#oneAfterTheOther(work),
        signal,
        emit,
      })
    } finally {
      await vectors.close()
    }
  }

  async #retention(
    { arm, persona }: Task,
    config: RunConfig,
    serve: (stored: StoredCheckpoint | null) => Promise<ChatModel>,
  ): Promise<MeasureRetention | null> {
    const trains = this.standIns ? this.standIns.trains(arm) : config.trainer.backend !== 'none'
    if (!trains) return null
    const here = this.standIns ? null : <T>(work: () => Promise<T>) => this.#oneAfterTheOther(work)
    return createRetention({ config, persona, prompts: this.#prompts, serve, here })
  }

  async #reference(
    policy: ReferencePolicy,
    persona: AnyPersona,
    ledger: LedgerSlot,
    emit: Emit,
    signal?: AbortSignal,
  ): Promise<void> {
    const { config, world } = this.workplace
    const { user, builtIn } = this.#user(config, persona, ledger)
    const assistant = referencePolicy({ policy, persona, world, user: builtIn, seed: config.seed })
    const paid = config.simulator.rater !== BUILT_IN
    await liveReference({
      folder: this.#folder,
      policy,
      persona: persona.id,
      config,
      user,
      assistant,
      ledger: paid ? ledger : null,
      signal,
      emit,
    })
  }

  #user(config: RunConfig, persona: AnyPersona, ledger: LedgerSlot): CreatedUser {
    const { life, rater } = config.simulator
    return createUser({
      persona,
      world: this.workplace.world,
      config,
      prompts: this.#prompts,
      planner: life === BUILT_IN ? null : this.#planner(persona),
      rater: rater === BUILT_IN ? null : this.#endpoints.model(rater, 'rater', ledger),
    })
  }

  /** One for all arms: they live the same days. */
  #planner(persona: AnyPersona): StoredPlanner {
    let planner = this.#planners.get(persona.id)
    if (!planner) {
      const { config, world } = this.workplace
      const { simulator, seed } = config
      const ledger = new LedgerSlot()
      const model = this.#endpoints.model(simulator.life, 'life', ledger)
      const prompts = this.#prompts
      const writer = new LlmPlanner({ model, persona, home: world.home, prompts, simulator, seed })
      planner = new StoredPlanner(writer, ledger, (day) => this.#folder.plannedDay(persona.id, day))
      this.#planners.set(persona.id, planner)
    }
    return planner
  }

  #assistant(
    { assistant: config, seed }: RunConfig,
    persona: AnyPersona,
    embedder: Embedder,
  ): (model: ChatModel) => ModelAssistant {
    const { catalogue } = this.workplace.world
    const prompts = this.#prompts
    return (model) => new ModelAssistant({ model, config, catalogue, seed, prompts, persona, embedder })
  }

  #serve(
    { assistant }: RunConfig,
    ledger: LedgerSlot,
    signal?: AbortSignal,
  ): (stored: StoredCheckpoint | null) => Promise<ChatModel> {
    if (this.#endpoints.has(assistant.model)) {
      const serve = this.#endpoints.serving(assistant.model, ledger, this.workplace.root)
      return (stored) => serve(stored, signal)
    }
    const replies = allowedReplies(assistant, this.workplace.world.catalogue)
    if (this.standIns) {
      const model = this.standIns.local(replies)
      return () => Promise.resolve(model)
    }
    const server = new CheckpointServer(replies)
    return (stored) => server.serve(baseFolder(assistant.model), stored)
  }

  #trainer(arm: string, { trainer: settings, assistant }: RunConfig): Promise<Trainer | null> {
    let trainer = this.#trainers.get(arm)
    if (!trainer) {
      trainer = createTrainer(settings, allowedReplies(assistant, this.workplace.world.catalogue))
      this.#trainers.set(arm, trainer)
    }
    return trainer
  }

  /** What nights train: as told, or the model that speaks. */
  #trainedBase({ trainer, assistant, models }: RunConfig): string {
    return trainer.base ?? models[assistant.model]?.model ?? assistant.model
  }

  #oneAfterTheOther<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work)
    this.#work = done.catch(() => undefined)
    return done
  }
}
