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
  checkpoint: string
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

  day(arm: string, persona: string, day: number): DayFiles {
    const folder = join(this.root, 'arms', arm, persona, dayName(day))
    return {
      folder,
      journal: join(folder, 'journal.jsonl'),
      calls: join(folder, 'calls.jsonl'),
      records: join(folder, 'records.parquet'),
      pairs: join(folder, 'pairs.parquet'),
      job: join(folder, 'job.json'),
      checkpoint: join(folder, 'checkpoint.json'),
      weights: join(folder, 'checkpoint'),
      trainingLog: join(folder, 'training-log.json'),
      metrics: join(folder, 'metrics.json'),
      timing: join(folder, 'timing.json'),
    }
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
}
