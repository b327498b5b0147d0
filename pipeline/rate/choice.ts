import { existsSync } from 'node:fs'
import { AttuneError } from '../../common/error.js'
import { loadAnyPersonas } from '../../configs/load-personas.js'
import type { World } from '../../configs/load-world.js'
import type { AnyPersona } from '../../configs/persona.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import type { RunConfig } from '../../configs/schema.js'
import type { RunFolder } from '../run/run-folder.js'

/** What of a run is to be rated; everything where nothing is said. */
export interface Choice {
  /** Ids; absent: all of the run. */
  personas?: readonly string[]
  /** Absent: all of the run. */
  arms?: readonly string[]
  /** Absent: all that were lived. */
  days?: ReadonlySet<number>
}

/** A lived day of an arm. */
export interface LivedDay {
  arm: string
  /** Of the arm. */
  config: RunConfig
  persona: AnyPersona
  day: number
}

/** The personas of a choice. @throws AttuneError PERSONA_UNKNOWN; as `loadAnyPersonas` */
export function chosenPersonas(config: RunConfig, { personas: named }: Choice, world: World): AnyPersona[] {
  const all = loadAnyPersonas(config.personas, world)
  const unknown = named?.find((id) => !all.some((persona) => persona.id === id))
  if (unknown !== undefined) {
    throw new AttuneError('PERSONA_UNKNOWN', 'config', `this run has no persona "${unknown}"`, {
      key: '--personas',
      hint: `Its personas: ${all.map(({ id }) => id).join(', ')}.`,
    })
  }
  return named ? all.filter(({ id }) => named.includes(id)) : all
}

/**
 * The days of a choice that have records; one that is being lived still has none.
 *
 * @throws AttuneError ARM_UNKNOWN, NOTHING_TO_RATE
 */
export function chosenDays(
  folder: RunFolder,
  run: RunConfig,
  personas: readonly AnyPersona[],
  { arms = Object.keys(run.arms), days }: Choice,
): LivedDay[] {
  const chosen = arms.flatMap((arm) => {
    const config = resolveArm(run, arm)
    return personas.flatMap((persona) =>
      Array.from({ length: run.days }, (_, i) => ({ arm, config, persona, day: i + 1 })).filter(
        ({ day }) => (days?.has(day) ?? true) && existsSync(folder.day(arm, persona.id, day).records),
      ),
    )
  })
  if (chosen.length > 0) return chosen
  throw new AttuneError('NOTHING_TO_RATE', 'usage', 'no day of this choice has been lived', {
    file: folder.root,
    hint: 'Choose others with --arms, --personas and --days, or live them first with `attune run`.',
  })
}
