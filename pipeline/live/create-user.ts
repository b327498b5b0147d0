import type { World } from '../../configs/load-world.js'
import { type AnyPersona, isStructured } from '../../configs/persona.js'
import type { Prompts } from '../../configs/prompts.js'
import type { RunConfig } from '../../configs/schema.js'
import type { ChatModel } from '../../models/chat-model.js'
import type { DayPlanner } from '../../simulator/day-planner.js'
import { LlmUser } from '../../simulator/llm/llm-user.js'
import { RubricUser } from '../../simulator/rubric-user.js'
import { Understanding } from '../../simulator/understand.js'
import type { UserAgent } from '../../simulator/user-agent.js'

export interface UserOptions {
  persona: AnyPersona
  world: World
  config: RunConfig
  prompts: Prompts
  /** Who plans the days; null: the persona's routine. */
  planner: DayPlanner | null
  /** Who rates; null: the structured rubric. */
  rater: ChatModel | null
}

export interface CreatedUser {
  user: UserAgent
  /** The user by the structured rubric, who knows slots and receptive times; null for personas without it. */
  builtIn: RubricUser | null
}

/** The user that a configuration names. The persona has been checked to have what that user needs. */
export function createUser({ persona, world, config, prompts, planner, rater }: UserOptions): CreatedUser {
  const { simulator, seed } = config
  const builtIn = isStructured(persona)
    ? new RubricUser({
        persona,
        ...world,
        understanding: new Understanding(world.catalogue),
        simulator,
        seed,
        ...(planner && { planner }),
      })
    : null
  if (rater === null) return { user: builtIn!, builtIn }
  const plans = planner ?? routineOf(builtIn!)
  return {
    user: new LlmUser({ persona, model: rater, prompts, simulator, seed, planner: plans, builtIn }),
    builtIn,
  }
}

const routineOf = (builtIn: RubricUser): DayPlanner => ({ plan: (day) => builtIn.planDay(day) })
