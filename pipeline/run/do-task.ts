import { allowedReplies } from '../../assistant/grammar.js'
import { CheckpointServer } from '../../checkpoints/serve.js'
import type { World } from '../../configs/load-world.js'
import type { Persona } from '../../configs/persona.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import type { ReferencePolicy, RunConfig } from '../../configs/schema.js'
import { baseFolder } from '../../models/base-folder.js'
import { createTrainer } from '../../trainers/create-trainer.js'
import type { Trainer } from '../../trainers/trainer.js'
import { livePersona } from '../live/live-persona.js'
import { liveReference } from '../live/live-reference.js'
import type { Emit } from '../progress/events.js'
import { RunFolder } from './run-folder.js'
import type { Task } from './tasks.js'

export interface Workplace {
  root: string
  config: RunConfig
  world: World
  personas: readonly Persona[]
}

/** Does tasks of one run, one after the other; what is costly to set up (sessions, the base) is kept between them. */
export class TaskRunner {
  readonly #folder: RunFolder
  readonly #trainers = new Map<string, Trainer | null>()
  readonly #servers = new Map<string, CheckpointServer>()

  constructor(private readonly workplace: Workplace) {
    this.#folder = new RunFolder(workplace.root)
  }

  /** @throws AttuneError; the signal's reason when aborted */
  async run(task: Task, emit: Emit, signal?: AbortSignal): Promise<void> {
    const { config: run, personas, world } = this.workplace
    const persona = personas.find(({ id }) => id === task.persona)!
    if (task.kind === 'reference') {
      const policy = task.arm as ReferencePolicy
      const options = { folder: this.#folder, policy, persona, world, config: run, emit }
      return liveReference(signal ? { ...options, signal } : options)
    }
    const config = resolveArm(run, task.arm)
    await livePersona({
      folder: this.#folder,
      arm: task.arm,
      persona,
      world,
      config,
      base: baseFolder(config.assistant.model),
      server: this.#server(task.arm, config, world),
      trainer: this.#trainer(task.arm, config, world),
      signal,
      emit,
    })
  }

  #trainer(arm: string, config: RunConfig, world: World): Trainer | null {
    let trainer = this.#trainers.get(arm)
    if (trainer === undefined) {
      trainer = createTrainer(config.trainer, allowedReplies(config.assistant, world.catalogue))
      this.#trainers.set(arm, trainer)
    }
    return trainer
  }

  #server(arm: string, config: RunConfig, world: World): CheckpointServer {
    let server = this.#servers.get(arm)
    if (!server)
      this.#servers.set(
        arm,
        (server = new CheckpointServer(allowedReplies(config.assistant, world.catalogue))),
      )
    return server
  }
}
