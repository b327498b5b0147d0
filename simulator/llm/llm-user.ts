import type { AnyPersona } from '../../configs/persona.js'
import type { Prompts } from '../../configs/prompts.js'
import type { SimulatorConfig } from '../../configs/schema.js'
import { editDistance } from '../../configs/nearest.js'
import type { Candidate, Moment, MomentTruth, RatedCandidate } from '../../datasets/schema.js'
import type { ChatModel } from '../../models/chat-model.js'
import type { DayPlanner } from '../day-planner.js'
import { momentsOf } from '../moments.js'
import { nonsense } from '../nonsense.js'
import type { RubricUser } from '../rubric-user.js'
import type { CallOptions, DayPlan, RatingOutcome, RevisionOutcome, UserAgent } from '../user-agent.js'
import { allOrFirstError } from './all-or-first-error.js'
import { LlmRater } from './llm-rater.js'
import { Outages } from './outages.js'
import { UserMemory } from './user-memory.js'

/** Texts that differ by no more letters are the same to the user (paper, code). */
const SAME_WITHIN = 3

export interface LlmUserOptions {
  persona: AnyPersona
  /** Who rates. */
  model: ChatModel
  prompts: Prompts
  simulator: SimulatorConfig
  seed: number
  /** Who plans the days. */
  planner: DayPlanner
  /**
   * The built-in user of a structured persona, with the same planner: it tells slots and truth, and when the user asks;
   * null for personas that are text only.
   */
  builtIn: RubricUser | null
}

/**
 * A user whose ratings come from a chat model that plays the persona: one call for silence, one or four for each
 * recommendation (`simulator.llm.rating`), none for malformed text or what was just rated.
 */
export class LlmUser implements UserAgent {
  readonly #rater: LlmRater
  readonly #memory: UserMemory
  readonly #outages = new Outages()

  constructor(private readonly options: LlmUserOptions) {
    this.#rater = new LlmRater(options)
    this.#memory = new UserMemory(options)
  }

  async planDay(day: number, options: CallOptions = {}): Promise<DayPlan> {
    const { builtIn, planner, persona, simulator } = this.options
    this.#memory.startDay()
    if (builtIn) return builtIn.planDay(day, options)
    const planned = await planner.plan(day, options)
    return { day, ...planned, moments: momentsOf(planned, persona.id, day, simulator), slots: null }
  }

  truth(moment: Moment): MomentTruth | null {
    return this.options.builtIn?.truth(moment) ?? null
  }

  asks(moment: Moment): boolean {
    return this.options.builtIn?.asks(moment) ?? false
  }

  /**
   * A rating that could not be had is a failure and never a 0: an unreadable reply after its repair, a request that the
   * model refused or did not answer.
   *
   * @throws AttuneError of kind `model` after five candidates in a row without an answer, and at once for what no
   *   further request could mend, e.g. a refused key; the signal's reason
   */
  async rate(
    moment: Moment,
    candidates: readonly Candidate[],
    options: CallOptions = {},
  ): Promise<RatingOutcome[]> {
    const asked: number[] = []
    for (const [i, candidate] of candidates.entries()) {
      const first = firstLike(candidate, candidates.slice(0, i))
      asked.push(first === null ? i : asked[first]!)
    }
    const now = { moment, memory: '' }
    if (candidates.some(({ malformed }) => !malformed)) now.memory = await this.#memory.text(moment, options)
    const outcomes = await allOrFirstError(
      candidates.map(async ({ text, malformed }, i): Promise<RatingOutcome | null> => {
        if (malformed) return { rating: nonsense(), failure: null }
        if (asked[i] !== i) return null
        const outcome = await this.#outages.orFailure(() => this.#rater.rate(now, text, i, options))
        return 'rating' in outcome ? outcome : { rating: null, ...outcome }
      }),
    )
    return asked.map((first) => outcomes[first]!)
  }

  /** @throws as {@link rate} */
  async revise(
    moment: Moment,
    delivered: RatedCandidate,
    options: CallOptions = {},
  ): Promise<RevisionOutcome> {
    const now = { moment, memory: await this.#memory.text(moment, options) }
    const outcome = await this.#outages.orFailure(() => this.#rater.revise(now, delivered, options))
    return 'text' in outcome ? outcome : { text: null, ...outcome }
  }

  perceive(moment: Moment, delivered: RatedCandidate): void {
    this.#memory.add(moment, delivered)
    this.options.builtIn?.perceive(moment, delivered)
  }
}

/** Index of the first earlier candidate that is the same to the user; malformed ones are like nothing. */
function firstLike({ text, malformed }: Candidate, earlier: readonly Candidate[]): number | null {
  if (malformed) return null
  const index = earlier.findIndex((other) => !other.malformed && same(text, other.text))
  return index < 0 ? null : index
}

function same(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b
  return Math.abs(a.length - b.length) <= SAME_WITHIN && editDistance(a, b) <= SAME_WITHIN
}
