import type { z } from 'zod'
import type { PromptText, Prompts } from '../../configs/prompts.js'
import type { AnyPersona } from '../../configs/persona.js'
import type { SimulatorConfig } from '../../configs/schema.js'
import {
  CRITERIA,
  type Criterion,
  type Moment,
  NO_RECOMMENDATION,
  type RatedCandidate,
  type Rating,
  type Verdict,
  ratingOf,
} from '../../datasets/schema.js'
import type { ChatModel } from '../../models/chat-model.js'
import type { CallOptions, RatingOutcome, RevisionOutcome } from '../user-agent.js'
import { allOrFirstError } from './all-or-first-error.js'
import { type Answer, askJson } from './ask-json.js'
import { criterionText } from './criterion-text.js'
import { momentText } from './moment-text.js'
import { criterionVerdict, jointRating, silenceRating } from './parse-rating.js'
import { personaText, rubricText } from '../../datasets/persona-text.js'
import { quoteData, withoutMarks } from './quote-data.js'
import { revisionSchema } from './revision-schema.js'

export interface LlmRaterOptions {
  persona: AnyPersona
  model: ChatModel
  prompts: Prompts
  simulator: Pick<SimulatorConfig, 'llm'>
  seed: number
}

/** A moment as the user has it in mind. */
export interface RememberedMoment {
  moment: Moment
  /** The user's memory, in words. */
  memory: string
}

interface Question<T> {
  prompt: PromptText
  /** Names the JSON form. */
  name: string
  schema: z.ZodType<T>
  /** Follows seed, persona, day and step in the address. */
  purpose: readonly (string | number)[]
}

/** Puts one candidate of one moment to a chat model: as it is rated by the four criteria, or rewritten. */
export class LlmRater {
  readonly #persona: string

  constructor(private readonly options: LlmRaterOptions) {
    this.#persona = personaText(options.persona)
  }

  /**
   * Rates a recommendation (null: silence), in one call or in four at once.
   *
   * @param index of the candidate among those of the moment, for the address
   * @returns a failure where a reply could not be read, even after a repair
   * @throws what the model throws
   */
  async rate(
    now: RememberedMoment,
    text: string | null,
    index: number,
    options: CallOptions,
  ): Promise<RatingOutcome> {
    if (text === null) return outcomeOf(await this.#silence(now, index, options))
    const recommendation = quoteData(text)
    if (this.options.simulator.llm.rating === 'joint') {
      return outcomeOf(await this.#joint(now, recommendation, index, options))
    }
    const answers = await allOrFirstError(
      CRITERIA.map((criterion) => this.#criterion(now, recommendation, criterion, index, options)),
    )
    const failure = answers.flatMap((answer, i) =>
      'problem' in answer ? [`${CRITERIA[i]!}: ${answer.problem}`] : [],
    )
    if (failure.length > 0) return { rating: null, failure: failure.join('; ') }
    const verdicts = answers as { value: Verdict }[]
    return { rating: ratingOf((criterion) => verdicts[CRITERIA.indexOf(criterion)]!.value), failure: null }
  }

  /** @returns a failure where a reply could not be read, even after a repair @throws what the model throws */
  async revise(
    now: RememberedMoment,
    delivered: RatedCandidate,
    options: CallOptions,
  ): Promise<RevisionOutcome> {
    const prompt = this.options.prompts.fill('revise', {
      ...this.#who(CRITERIA),
      ...whatIs(now),
      recommendation: quoteData(delivered.text ?? NO_RECOMMENDATION),
      rating: delivered.rating === null ? 'You did not rate it.' : ratingText(delivered.rating),
    })
    const question = { prompt, name: 'revision', schema: revisionSchema, purpose: ['revise'] }
    const answer = await this.#ask(now.moment, question, options)
    return 'problem' in answer
      ? { text: null, failure: answer.problem }
      : { text: answer.value.recommendation, failure: null }
  }

  #silence(now: RememberedMoment, index: number, options: CallOptions): Promise<Answer<Rating>> {
    const prompt = this.options.prompts.fill('rate-silence', {
      ...this.#who(['timing', 'frequency']),
      ...whatIs(now),
    })
    const purpose = ['rate', index, 'silence']
    return this.#ask(now.moment, { prompt, name: 'silence', schema: silenceRating, purpose }, options)
  }

  #joint(
    now: RememberedMoment,
    recommendation: string,
    index: number,
    options: CallOptions,
  ): Promise<Answer<Rating>> {
    const prompt = this.options.prompts.fill('rate-joint', {
      ...this.#who(CRITERIA),
      ...whatIs(now),
      recommendation,
    })
    const purpose = ['rate', index, 'joint']
    return this.#ask(now.moment, { prompt, name: 'rating', schema: jointRating, purpose }, options)
  }

  #criterion(
    now: RememberedMoment,
    recommendation: string,
    criterion: Criterion,
    index: number,
    options: CallOptions,
  ): Promise<Answer<Verdict>> {
    const prompt = this.options.prompts.fill('rate-criterion', {
      ...this.#who([criterion]),
      criterion: criterionText(criterion),
      ...whatIs(now),
      recommendation,
    })
    const schema = criterionVerdict(criterion)
    const purpose = ['rate', index, criterion]
    return this.#ask(now.moment, { prompt, name: criterion, schema, purpose }, options)
  }

  #who(criteria: readonly Criterion[]): { persona: string; rubric: string } {
    return { persona: this.#persona, rubric: rubricText(this.options.persona, criteria) }
  }

  #ask<T>(
    { day, step }: Moment,
    { purpose, ...question }: Question<T>,
    { signal }: CallOptions,
  ): Promise<Answer<T>> {
    const { model, prompts, simulator, seed, persona } = this.options
    const { raterTemperature, maxTokens } = simulator.llm
    return askJson({
      ...question,
      model,
      prompts,
      sampling: { temperature: raterTemperature, minP: 0, maxTokens },
      address: [seed, persona.id, day, step, ...purpose],
      signal,
    })
  }
}

function whatIs({ moment, memory }: RememberedMoment): { memory: string; now: string } {
  return { memory, now: withoutMarks(momentText(moment)) }
}

function outcomeOf(answer: Answer<Rating>): RatingOutcome {
  return 'problem' in answer
    ? { rating: null, failure: answer.problem }
    : { rating: answer.value, failure: null }
}

function ratingText(rating: Rating): string {
  const lines = CRITERIA.map(
    (criterion) => `${criterion}: ${rating[criterion].value}, ${rating[criterion].reason}`,
  )
  return withoutMarks(lines.join('\n'))
}
