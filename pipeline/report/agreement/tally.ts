import { CRITERIA, type Criterion, type RatedCandidate, scoreOf } from '../../../datasets/schema.js'
import type { Bootstrap } from '../bootstrap.js'
import type { Agreement, Difference } from '../document.js'
import {
  agreementOf,
  type Counts,
  kappaOf,
  meanDifferenceOf,
  noCounts,
  pearsonOf,
  spearmanOf,
  sumOfCounts,
  totalOf,
} from './statistics.js'

/** A candidate's rating by one of the two, or why there is none. */
export type Outcome = Pick<RatedCandidate, 'rating'>

type Tables = Record<Criterion | 'score', number[][]>

/** What two raters made of the same candidates, counted persona by persona. */
export class Tally {
  #failures = 0
  readonly #personas = new Map<string, Tables>()

  add(persona: string, a: Outcome, b: Outcome): void {
    if (a.rating === null || b.rating === null) {
      this.#failures += 1
      return
    }
    let tables = this.#personas.get(persona)
    if (!tables) this.#personas.set(persona, (tables = noTables()))
    for (const criterion of CRITERIA)
      tables[criterion][a.rating[criterion].value]![b.rating[criterion].value]! += 1
    tables.score[scoreOf(a.rating)]![scoreOf(b.rating)]! += 1
  }

  /** The figures over all candidates, with 95 % bootstrap intervals over personas. */
  agreement(bootstrap: Bootstrap): Agreement {
    const personas = [...this.#personas.values()]
    const figure = (of: keyof Tables, statistic: (counts: Counts) => number | null): Difference => {
      const tables = personas.map((each) => each[of])
      if (tables.length === 0) return { value: null, low: null, high: null }
      const value = statistic(sumOfCounts(tables))
      const drawn = (places: Uint32Array): number | null =>
        statistic(sumOfCounts(Array.from(places, (place) => tables[place]!)))
      // what is not defined over all personas is not defined over some of them either
      const none = { low: null, high: null }
      return { value, ...(value === null ? none : bootstrap.intervalOf(tables.length, drawn)) }
    }
    const criterion = (name: Criterion) => ({
      kappa: figure(name, kappaOf),
      agreement: figure(name, agreementOf),
    })
    return {
      n: personas.reduce((sum, { score }) => sum + totalOf(score), 0),
      failures: this.#failures,
      criteria: {
        preference: criterion('preference'),
        timing: criterion('timing'),
        frequency: criterion('frequency'),
        communication: criterion('communication'),
      },
      score: {
        pearson: figure('score', pearsonOf),
        spearman: figure('score', spearmanOf),
        difference: figure('score', meanDifferenceOf),
      },
    }
  }
}

function noTables(): Tables {
  return {
    preference: noCounts(2),
    timing: noCounts(2),
    frequency: noCounts(2),
    communication: noCounts(2),
    score: noCounts(CRITERIA.length + 1),
  }
}
