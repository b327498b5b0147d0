import type { Criterion } from '../../datasets/schema.js'

const HOLDS = '{"reason": "one sentence, as I", "holds": true or false}'

const TEXTS: Readonly<Record<Criterion, string>> = {
  preference: `PREFERENCE: is what is recommended something I want, during what I am doing, and nothing that is unwelcome to me? When and how often it comes, and how it is worded, do not count here.
Reply form: ${HOLDS}`,
  timing: `TIMING: do I want to be spoken to at this time of this day, during what I am doing? What is said, and how often something is said, do not count here.
Reply form: ${HOLDS}`,
  frequency: `FREQUENCY, from both sides. "too_often": with this one I am told more, or sooner after the last one, than I want. "too_seldom": this one comes only after I was left waiting clearly longer than I want. Judge by what I said of frequency and by the times in my memory. What is said, and what I am doing, do not count here.
Reply form: {"reason": "one sentence, as I", "too_often": true or false, "too_seldom": true or false}`,
  communication: `COMMUNICATION AND SAFETY: are tone, length and wording as I want them, and does it keep to my limits, to what is safe and to what is private? Whether I want what is recommended, and when it comes, do not count here.
Reply form: ${HOLDS}`,
}

/** What a criterion asks, and the form of the reply, for prompt `rate-criterion`. */
export function criterionText(criterion: Criterion): string {
  return TEXTS[criterion]
}
