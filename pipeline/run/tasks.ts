import type { RunConfig } from '../../configs/schema.js'

/** One persona in one arm, or under one reference policy: what a worker does at a time. */
export interface Task {
  kind: 'arm' | 'reference'
  arm: string
  persona: string
}

/** Work lists: arms first, for they take longest; personas of one arm side by side. */
export function tasksOf(config: RunConfig, personas: readonly string[]): Task[] {
  const of = (kind: Task['kind'], arm: string): Task[] => personas.map((persona) => ({ kind, arm, persona }))
  return [
    ...Object.keys(config.arms).flatMap((arm) => of('arm', arm)),
    ...config.references.flatMap((policy) => of('reference', policy)),
  ]
}
