/**
 * Every prompt that attune sends to a chat model, with the variables its file may use. A file is
 * `configs/prompts/<name>.md`; `{{variable}}` is replaced, and every variable has to stand in it.
 */
export const PROMPTS = {
  /** The assistant at one moment. `persona` is empty unless it is told who the user is. */
  assistant: ['format', 'persona', 'memory', 'now'],
  /** What the user message ends with when a spoken counterfactual is wanted. */
  'assistant-speak': [],
  /** What the user message ends with when the user asked for something. */
  'assistant-asked': [],
  /** One hour of events in one sentence, for the memory of user and assistant. */
  'summarise-hour': ['hour', 'events'],
  /** Four hourly summaries in one. */
  'summarise-hours': ['hours', 'summaries'],
  /** Wake-up, sleep and schedule of a day. */
  'day-plan': ['persona', 'weekday', 'yesterday', 'activities'],
  /** The actions between two hours of a planned day. */
  'day-actions': ['persona', 'weekday', 'schedule', 'before', 'from', 'to', 'activities'],
  /** All four criteria of a recommendation at once. */
  'rate-joint': ['persona', 'rubric', 'memory', 'now', 'recommendation'],
  /** One criterion of a recommendation. */
  'rate-criterion': ['persona', 'criterion', 'rubric', 'memory', 'now', 'recommendation'],
  /** Timing and frequency of saying nothing. */
  'rate-silence': ['persona', 'rubric', 'memory', 'now'],
  /** The user rewrites what was said. */
  revise: ['persona', 'rubric', 'memory', 'now', 'recommendation', 'rating'],
  /** The answer to a reply that cannot be read. */
  repair: ['problem'],
  /** A question with four choices, asked after a night to see what the model has kept. */
  'multiple-choice': ['question', 'choices'],
  /** Rubric text of an imported persona put into structured form. */
  'structure-persona': ['persona', 'rubric', 'vocabulary'],
} as const satisfies Record<string, readonly string[]>

export type PromptName = keyof typeof PROMPTS
/** A text for each variable of a prompt. */
export type PromptVariables<N extends PromptName> = Readonly<Record<(typeof PROMPTS)[N][number], string>>
