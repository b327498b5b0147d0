import { join } from 'node:path'

/** Files of one persona-day of an arm. A stage is done when its file stands. */
export interface DayFiles {
  folder: string
  journal: string
  /** Every paid call of the day. */
  calls: string
  records: string
  pairs: string
  job: string
  /** Handle of a job at its backend, stored before anything is paid for; kept, it is what a resume looks up. */
  handle: string
  checkpoint: string
  /** What a backend elsewhere tells of a job: seconds, price. */
  jobResult: string
  /** Folder of the night's weights. */
  weights: string
  trainingLog: string
  metrics: string
  /** Seconds of each stage: kept apart, so that all other files are the same bytes in every run. */
  timing: string
}

const dayName = (day: number): string => `day-${String(day).padStart(2, '0')}`

/** Where everything of a run lies (architecture.md, "A run on disk"). */
export class RunFolder {
  constructor(readonly root: string) {}

  get manifest(): string {
    return join(this.root, 'manifest.json')
  }

  get lock(): string {
    return join(this.root, 'run.lock')
  }

  get report(): string {
    return join(this.root, 'report.html')
  }

  get metrics(): string {
    return join(this.root, 'metrics.parquet')
  }

  /** Folders of everything that the run itself lived: what lies below other raters' is not its own. */
  get lived(): string[] {
    return ['arms', 'references', 'plans'].map((name) => join(this.root, name))
  }

  day(arm: string, persona: string, day: number): DayFiles {
    const folder = join(this.root, 'arms', arm, persona, dayName(day))
    return {
      folder,
      journal: join(folder, 'journal.jsonl'),
      calls: join(folder, 'calls.jsonl'),
      records: join(folder, 'records.parquet'),
      pairs: join(folder, 'pairs.parquet'),
      job: join(folder, 'job.json'),
      handle: join(folder, 'handle.json'),
      jobResult: join(folder, 'job-result.json'),
      checkpoint: join(folder, 'checkpoint.json'),
      weights: join(folder, 'checkpoint'),
      trainingLog: join(folder, 'training-log.json'),
      metrics: join(folder, 'metrics.json'),
      timing: join(folder, 'timing.json'),
    }
  }

  /** Vectors that an embedder behind an endpoint was paid for: over all days, for memory goes over all days. */
  vectors(arm: string, persona: string): string {
    return join(this.root, 'arms', arm, persona, 'vectors', 'calls.jsonl')
  }

  /** Days of a policy without a model: only metrics are kept, the rule gives the rest again at once. */
  referenceDay(policy: string, persona: string, day: number): Pick<DayFiles, 'folder' | 'metrics' | 'calls'> {
    const folder = join(this.root, 'references', policy, persona, dayName(day))
    return { folder, metrics: join(folder, 'metrics.json'), calls: join(folder, 'calls.jsonl') }
  }

  /** Days that a language model planned, the same for all arms. */
  plannedDay(persona: string, day: number): { plan: string; calls: string } {
    const folder = join(this.root, 'plans', persona, dayName(day))
    return { plan: join(folder, 'plan.json'), calls: join(folder, 'calls.jsonl') }
  }

  /** Other raters of the records, each with a folder of its own. */
  get ratings(): string {
    return join(this.root, 'ratings')
  }

  /** What another rater is, and below `folder` all it rated. */
  rater(name: string): { folder: string; config: string } {
    const folder = join(this.ratings, name)
    return { folder, config: join(folder, 'rater.json') }
  }

  ratedDay(rater: string, arm: string, persona: string, day: number): { ratings: string; calls: string } {
    const folder = join(this.ratings, rater, arm, persona, dayName(day))
    return { ratings: join(folder, 'ratings.parquet'), calls: join(folder, 'calls.jsonl') }
  }
}
