import type { World } from '../../configs/load-world.js'
import type { AnyPersona } from '../../configs/persona.js'
import type { Prompts } from '../../configs/prompts.js'
import type { RaterConfig } from '../../configs/rater.js'
import type { RunConfig } from '../../configs/schema.js'
import type { ChatModel } from '../../models/chat-model.js'
import type { DayPlanner } from '../../simulator/day-planner.js'
import { addNoise } from '../../simulator/noise.js'
import type { RatingOutcome, UserAgent } from '../../simulator/user-agent.js'
import { createUser } from '../live/create-user.js'

export interface RaterUserOptions {
  rater: RaterConfig
  persona: AnyPersona
  world: World
  /** Of the arm whose records are rated. */
  config: RunConfig
  prompts: Prompts
  /** Who planned the days; null: the persona's routine. */
  planner: DayPlanner | null
  /** Who rates; null: the structured rubric. */
  model: ChatModel | null
}

/** The user who lives the days of an arm but rates as another rater. */
export function raterUser({ rater, model, ...options }: RaterUserOptions): UserAgent {
  const { config } = options
  const seed = rater.seed ?? config.seed
  // the days are those of the run whatever the rater draws, so its noise is added here
  const simulator = {
    ...config.simulator,
    rater: rater.rater,
    noise: 0,
    llm: { ...config.simulator.llm, ...rater.llm },
  }
  const { user } = createUser({
    ...options,
    config: { ...config, simulator },
    rater: model && withSeed(model, seed),
  })
  return model === null ? withNoise(user, rater.noise, seed) : user
}

/** Every address begins with the seed. */
function withSeed(model: ChatModel, seed: number): ChatModel {
  return {
    id: model.id,
    generate: (requests, options) =>
      model.generate(
        requests.map((request) => ({ ...request, address: [seed, ...request.address.slice(1)] })),
        options,
      ),
    close: () => model.close(),
  }
}

function withNoise(user: UserAgent, noise: number, seed: number): UserAgent {
  return {
    planDay: (day, options) => user.planDay(day, options),
    truth: (moment) => user.truth(moment),
    perceive: (moment, delivered) => user.perceive(moment, delivered),
    rate: async (moment, candidates, options) => {
      const outcomes = await user.rate(moment, candidates, options)
      return outcomes.map((outcome, i): RatingOutcome => {
        const { text, malformed } = candidates[i]!
        if (outcome.rating === null || malformed) return outcome
        return { rating: addNoise(outcome.rating, noise, seed, moment, text), failure: null }
      })
    },
  }
}
