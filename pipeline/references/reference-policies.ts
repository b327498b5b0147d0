import { randomAt } from '../../common/random.js'
import { catalogueSentences } from '../../configs/catalogue.js'
import type { World } from '../../configs/load-world.js'
import { requireStructured } from '../../configs/load-personas.js'
import type { AnyPersona, Wants } from '../../configs/persona.js'
import type { ReferencePolicy } from '../../configs/schema.js'
import { type Moment, scoreOf } from '../../datasets/schema.js'
import type { RubricUser } from '../../simulator/rubric-user.js'
import { type Decide, PolicyAssistant } from './policy.js'

export interface ReferenceOptions {
  policy: ReferencePolicy
  persona: AnyPersona
  world: World
  /** The user of the same days by the structured rubric; only `receptive-timer` and `oracle` look into it. */
  user: RubricUser | null
  seed: number
}

/** Rules without a model that every assistant is held against (embedded.md, "The mean is mostly silence"). */
export function referencePolicy(options: ReferenceOptions): PolicyAssistant {
  return new PolicyAssistant(rules[options.policy](options))
}

const rules: Record<ReferencePolicy, (options: ReferenceOptions) => Decide> = {
  silent: () => () => null,
  always: (options) => {
    const say = plausibleContent(options)
    return (moment) => say(moment)
  },
  timer: (options) => {
    const say = plausibleContent(options)
    const interval = wishedInterval(wantsOf(options))
    let wokeAt = 0
    return (moment, { sinceDelivery }) => {
      if (moment.step === 0) wokeAt = moment.minute
      return (sinceDelivery ?? moment.minute - wokeAt) >= interval ? say(moment) : null
    }
  },
  'receptive-timer': (options) => {
    const say = plausibleContent(options)
    const interval = wishedInterval(wantsOf(options))
    const user = knownUser(options)
    return (moment, { sinceDelivery }) =>
      (sinceDelivery ?? Infinity) >= interval && user.truth(moment).receptive ? say(moment) : null
  },
  oracle: (options) => {
    const say = wantedContent(options)
    const user = knownUser(options)
    return (moment) => {
      const { receptive, slot, served } = user.truth(moment)
      return receptive && slot >= 0 && !served ? say(moment) : null
    }
  },
}

/** @throws AttuneError CONFIG_INVALID with PERSONA_UNSTRUCTURED */
function wantsOf({ persona }: ReferenceOptions): Wants {
  return requireStructured([persona])[0]!.wants
}

function knownUser({ persona, user }: ReferenceOptions): RubricUser {
  requireStructured([persona])
  return user!
}

/** Minutes between two wished recommendations; by windows, their length over their count. */
export function wishedInterval({ frequency }: Wants): number {
  if (frequency.by === 'pace') return frequency.everyMinutes
  const minutes = frequency.windows.reduce((sum, { span }) => sum + span.to - span.from, 0)
  return minutes / frequency.windows.reduce((sum, { count }) => sum + count, 0)
}

/** Any sentence whose topic fits the activity, uniformly. */
function plausibleContent({ world, seed }: ReferenceOptions): (moment: Moment) => string {
  const byClass = new Map<string, string[]>()
  for (const [sentence, { topic }] of catalogueSentences(world.catalogue)) {
    for (const name of world.catalogue.topics[topic]!.fits)
      byClass.set(name, [...(byClass.get(name) ?? []), sentence])
  }
  const all = [...catalogueSentences(world.catalogue).keys()]
  return (moment) => {
    const sentences = byClass.get(world.home.activities[moment.activity]!.class) ?? all
    return randomAt(seed, moment.persona, moment.day, moment.step, 'policy').pick(sentences)
  }
}

/** A sentence that this user would rate 4 now; null if there is none. */
function wantedContent(options: ReferenceOptions): (moment: Moment) => string | null {
  const { world, seed } = options
  const user = knownUser(options)
  const sentences = [...catalogueSentences(world.catalogue).keys()]
  return (moment) => {
    const shuffled = randomAt(seed, moment.persona, moment.day, moment.step, 'policy').shuffle(sentences)
    return shuffled.find((text) => scoreOf(user.judge(moment, text)) === 4) ?? null
  }
}
