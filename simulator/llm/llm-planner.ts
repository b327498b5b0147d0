import type { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import { type Address, randomAt } from '../../common/random.js'
import { type Home, WALKING } from '../../configs/home.js'
import type { AnyPersona } from '../../configs/persona.js'
import type { PromptText, Prompts } from '../../configs/prompts.js'
import type { SimulatorConfig } from '../../configs/schema.js'
import type { ChatModel } from '../../models/chat-model.js'
import type { PlannedDay } from '../day-planner.js'
import { clockText } from '../plan-day.js'
import type { CallOptions, PlannedAction } from '../user-agent.js'
import { actionsSchema, activityNames } from './actions-schema.js'
import { askJson } from './ask-json.js'
import { WEEKDAYS } from './moment-text.js'
import { type Outline, outlineSchema } from './outline-schema.js'
import { personaText } from '../../datasets/persona-text.js'
import { placeActions } from './place-actions.js'

/** Conversations about one part of a plan, each with its repair, before it is given up. */
const MOST_CONVERSATIONS = 3
/** Of what came before, so many actions are told in words, and those before them by name. */
const TOLD_IN_WORDS = 8

export interface LlmPlannerOptions {
  model: ChatModel
  persona: AnyPersona
  home: Home
  prompts: Prompts
  simulator: Pick<SimulatorConfig, 'llm'>
  seed: number
}

/**
 * Days of a persona as a chat model makes them up. A day takes 1 + ceil(hours awake / `simulator.llm.hoursPerCall`)
 * calls: one for getting up, sleep and schedule, the others for actions of minutes. With 16 hours awake and 4 a call
 * these are 5; the authors' code asks for the wake-up hour, the plan, the schedule, and then for the actions of each
 * hour and the place of each action: a call for each hour and more.
 */
export class LlmPlanner {
  readonly #persona: string
  readonly #activities: string

  constructor(private readonly options: LlmPlannerOptions) {
    const { persona, home } = options
    this.#persona = personaText(persona)
    this.#activities = [
      ...activityNames(home).map((name) => `${name} (${home.activities[name]!.room})`),
      ...Object.entries(home.rooms).map(([room, things]) => `Things in room ${room}: ${things.join(', ')}`),
    ].join('\n')
  }

  /**
   * @param day from 1
   * @param yesterday the day before, so that days differ; null for the first
   * @throws AttuneError PLAN_UNREADABLE (kind `model`) with the last problem when three conversations gave no plan;
   *   what the model throws
   */
  async write(day: number, yesterday: PlannedDay | null, options: CallOptions = {}): Promise<PlannedDay> {
    const weekday = (day - 1) % 7
    const outline = await this.#outline(day, weekday, yesterday, options)
    const schedule = outline.entries.map(({ start, what }) => `${clockText(start)} ${what}`)
    const random = randomAt(this.options.seed, this.options.persona.id, day, 'walks')
    const minutesPerCall = this.options.simulator.llm.hoursPerCall * 60
    const actions: PlannedAction[] = []
    for (let start = outline.wake; start < outline.sleep; start += minutesPerCall) {
      const stretch = { start, end: Math.min(outline.sleep, start + minutesPerCall) }
      const { home } = this.options
      const spoken = await this.#ask(
        this.#actionsPrompt(weekday, schedule, actions, stretch),
        'actions',
        actionsSchema(home, stretch.end - stretch.start),
        [day, 'plan', 'actions', start],
        options,
      )
      actions.push(...placeActions(spoken, stretch, actions.at(-1)?.room ?? null, home, random))
    }
    return { weekday, wake: outline.wake, sleep: outline.sleep, outline: schedule, actions }
  }

  #outline(
    day: number,
    weekday: number,
    yesterday: PlannedDay | null,
    options: CallOptions,
  ): Promise<Outline> {
    const before =
      yesterday === null
        ? 'Nothing is known of the day before.'
        : `The day before went like this, and this one is not to be its copy:\n${yesterday.outline.join('\n')}`
    const prompt = this.options.prompts.fill('day-plan', {
      persona: this.#persona,
      activities: this.#activities,
      weekday: WEEKDAYS[weekday]!,
      yesterday: before,
    })
    return this.#ask(prompt, 'day', outlineSchema, [day, 'plan', 'outline'], options)
  }

  #actionsPrompt(
    weekday: number,
    schedule: readonly string[],
    before: readonly PlannedAction[],
    { start, end }: { start: number; end: number },
  ): PromptText {
    const inWords = before.slice(-TOLD_IN_WORDS)
    const byName = before
      .slice(0, -TOLD_IN_WORDS)
      .filter(({ activity }, i, all) => activity !== WALKING && activity !== all[i - 1]?.activity)
    const told = [
      ...byName.map(({ start, activity }) => `${clockText(start)} ${activity}`),
      ...inWords.map(({ start, action }) => `${clockText(start)} ${action}`),
    ]
    return this.options.prompts.fill('day-actions', {
      persona: this.#persona,
      activities: this.#activities,
      weekday: WEEKDAYS[weekday]!,
      schedule: schedule.join('\n'),
      before: told.length > 0 ? told.join('\n') : 'The day begins.',
      from: clockText(start),
      to: `${clockText(end)} (${end - start} minutes)`,
    })
  }

  /** Asks up to three times; a new conversation has an address of its own. */
  async #ask<T>(
    prompt: PromptText,
    name: string,
    schema: z.ZodType<T>,
    place: Address,
    { signal }: CallOptions,
  ): Promise<T> {
    const { model, prompts, persona, seed, simulator } = this.options
    const { lifeTemperature, maxTokens } = simulator.llm
    const sampling = { temperature: lifeTemperature, minP: 0, maxTokens }
    let problem = ''
    for (let conversation = 0; conversation < MOST_CONVERSATIONS; conversation++) {
      const address = [seed, persona.id, ...place, conversation]
      const ask = { model, prompt, name, schema, sampling, address, prompts, signal }
      const answer = await askJson(ask).catch(refusal)
      if ('value' in answer) return answer.value
      problem = answer.problem
    }
    throw new AttuneError(
      'PLAN_UNREADABLE',
      'model',
      `${model.id} wrote no readable plan (${name}) for ${persona.id}: ${problem}`,
      {
        key: 'simulator.life',
        hint: 'Use a model that writes JSON of a given form, or raise `simulator.llm.maxTokens`.',
      },
    )
  }
}

/** What a model refuses to write in one conversation it may write in the next. */
function refusal(error: unknown): { problem: string } {
  if (AttuneError.is(error) && error.code === 'MODEL_REFUSED') return { problem: error.message }
  throw error
}
