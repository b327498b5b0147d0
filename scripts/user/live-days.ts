import type { World } from '../../configs/load-world.js'
import type { Persona, Wants } from '../../configs/persona.js'
import { type ReferencePolicy, type SimulatorConfig, runSchema } from '../../configs/schema.js'
import { type DayMetrics, dayMetrics } from '../../datasets/metrics/day-metrics.js'
import type { Moment, RatedCandidate, RatedRecord } from '../../datasets/schema.js'
import { referencePolicy } from '../../pipeline/references/reference-policies.js'
import { collectDay } from '../../pipeline/stages/collect-day.js'
import { wishOf } from '../../pipeline/stages/measure-day.js'
import { RubricUser } from '../../simulator/rubric-user.js'
import { Understanding } from '../../simulator/understand.js'
import type { DayPlan, UserAgent } from '../../simulator/user-agent.js'

export interface LiveDaysOptions {
  persona: Persona
  world: World
  policy: ReferencePolicy
  days: readonly number[]
  seed?: number
  simulator?: Partial<SimulatorConfig>
  /** What the policy takes for the persona's wants; absent: what they are. */
  believed?: Wants | undefined
}

export interface LivedDay {
  plan: DayPlan
  records: RatedRecord[]
  metrics: DayMetrics
}

const understandings = new WeakMap<World, Understanding>()

/** Settings of the simulator as a run has them by default, with noise or without. */
export const simulatorWith = (settings: Partial<SimulatorConfig> = {}): SimulatorConfig => ({
  ...runSchema.parse({ name: 'days', days: 1 }).simulator,
  ...settings,
})

/** A user without noise, unless `simulator` says otherwise. */
export function userOf(
  persona: Persona,
  world: World,
  seed = 1,
  simulator: Partial<SimulatorConfig> = {},
): RubricUser {
  let understanding = understandings.get(world)
  if (!understanding) understandings.set(world, (understanding = new Understanding(world.catalogue)))
  return new RubricUser({
    persona,
    ...world,
    understanding,
    simulator: simulatorWith({ noise: 0, ...simulator }),
    seed,
  })
}

/** Lives some days of a persona under a reference policy, without files; without noise unless `simulator` says so. */
export async function liveDays(options: LiveDaysOptions): Promise<LivedDay[]> {
  const { persona, world, policy, days, seed = 1, simulator = {}, believed } = options
  const actual = userOf(persona, world, seed, simulator)
  const taken = believed ? userOf({ ...persona, wants: believed }, world, seed, simulator) : actual
  const user = taken === actual ? actual : new MistakenUser(actual, taken)
  const assistant = referencePolicy({ policy, persona, world, user: taken, seed })
  const { stepSeconds } = simulatorWith(simulator)
  const lived: LivedDay[] = []
  for (const day of days) {
    const plan = await user.planDay(day)
    const records = await collectDay({ user, assistant, plan, delaySteps: 0, journal: null })
    lived.push({ plan, records, metrics: dayMetrics(records, wishOf(plan), stepSeconds) })
  }
  return lived
}

/** Rates as the one user; what is said is taken in by the other one, too, as if it had been said to that one. */
class MistakenUser implements UserAgent {
  constructor(
    private readonly actual: RubricUser,
    private readonly taken: RubricUser,
  ) {}

  async planDay(day: number): Promise<DayPlan> {
    await this.taken.planDay(day)
    return this.actual.planDay(day)
  }

  truth = (moment: Moment) => this.actual.truth(moment)
  rate: UserAgent['rate'] = (moment, candidates) => this.actual.rate(moment, candidates)

  perceive(moment: Moment, delivered: RatedCandidate): void {
    this.actual.perceive(moment, delivered)
    if (delivered.text === null) return
    this.taken.perceive(moment, {
      ...delivered,
      rating: this.taken.judge(moment, delivered.text),
      failure: null,
    })
  }
}
