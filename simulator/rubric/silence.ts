import type { MomentTruth, Rating } from '../../datasets/schema.js'
import { no, yes } from './context.js'

/** Silence is right unless a wished slot is overdue: the lower side of the wished rate (paper, rubric 3). */
export function rateSilence({ overdue }: MomentTruth): Rating {
  const fine = overdue ? no('I have been waiting to hear from you.') : yes('Silence suits me now.')
  return {
    preference: yes('Nothing was said that I would not like.'),
    timing: fine,
    frequency: overdue ? no('You speak too seldom.') : yes('You need not speak now.'),
    communication: yes('Silence is never rude.'),
  }
}
