import { isDeepStrictEqual } from 'node:util'
import { AttuneError } from '../../common/error.js'
import type { Candidate, RatedCandidate, RatedRecord } from '../../datasets/schema.js'
import type { CandidateRating } from '../../datasets/tables/ratings.js'
import type { UserAgent } from '../../simulator/user-agent.js'

/**
 * Lives a stored day again in the eyes of another user: all that could have been said is rated anew, what was delivered
 * is perceived with the user's own rating of it.
 *
 * @throws AttuneError RATED_DAY_DIFFERS; what rating throws; the signal's reason when aborted between two steps
 */
export async function rateDay(
  user: UserAgent,
  day: number,
  records: readonly RatedRecord[],
  signal?: AbortSignal,
): Promise<CandidateRating[]> {
  const { moments } = await user.planDay(day, { signal })
  const lived = records.map(({ moment }) => moment)
  if (!isDeepStrictEqual(moments, lived)) throw dayDiffers(day, lived[0]?.persona)
  const ratings: CandidateRating[] = []
  for (const { moment, candidates, delivered } of records) {
    signal?.throwIfAborted()
    const outcomes = await user.rate(moment, candidates.map(unrated), { signal })
    const rated = candidates.map((candidate, i): RatedCandidate => ({ ...candidate, ...outcomes[i]! }))
    const { persona, step } = moment
    for (const [i, { text, origin }] of rated.entries())
      ratings.push({ persona, day, step, candidate: i, text, origin, ...outcomes[i]! })
    user.perceive(moment, rated[delivered]!)
  }
  return ratings
}

/** Without the rating that it has: the other rater must not see it. */
function unrated({ text, origin, malformed, reply, logProb }: RatedCandidate): Candidate {
  return { text, origin, malformed, reply, logProb }
}

function dayDiffers(day: number, persona = 'a persona'): AttuneError {
  return new AttuneError(
    'RATED_DAY_DIFFERS',
    'data',
    `day ${day} of ${persona}, planned again, is not the day of its records`,
    { hint: 'Rate with the version of attune that made the run.' },
  )
}
