import { totalSpend } from '../../models/calls/spend-by-role.js'
import type { RunFolder } from '../run/run-folder.js'
import { spentSoFar } from '../run/spent.js'
import { collectRaters } from './agreement/collect-raters.js'
import { Bootstrap } from './bootstrap.js'
import { changeOf, compareArms } from './compare.js'
import { armDayFigures, dayFigures, type DayOfPersona, meanOf, nightFigures } from './day-figures.js'
import type { ArmReport, ReportDocument } from './document.js'
import { type LivedArm, type LivedRun, readRun } from './read-run.js'

/**
 * The report of a run, finished or not: days that are not lived yet are absent. The same folder gives the same
 * document.
 *
 * @throws AttuneError RUN_MISSING, MANIFEST_INVALID, METRICS_INVALID, FILE_READ_FAILED; as {@link collectRaters}
 */
export async function collectReport(folder: RunFolder): Promise<ReportDocument> {
  const run = readRun(folder)
  const { config, configHash, personas, base, versions, arms } = run
  const bootstrap = new Bootstrap(config.seed)
  const byRole = await spentSoFar(folder.lived)
  return {
    format: 'attune-report/1',
    run: config.name,
    personas: personas.length,
    days: config.days,
    complete: {
      lived: arms.flatMap((arm) => arm.personas).reduce((sum, { days }) => sum + days.length, 0),
      planned: arms.length * personas.length * config.days,
    },
    seed: config.seed,
    configHash,
    base,
    versions,
    config,
    arms: arms.map((arm) => armReport(arm, run, bootstrap)),
    comparisons: compareArms(arms, config.seed, bootstrap),
    spent: { byRole, total: totalSpend(byRole) },
    ...(await collectRaters(folder, run, bootstrap)),
  }
}

function armReport(arm: LivedArm, { tuned }: LivedRun, bootstrap: Bootstrap): ArmReport {
  const daysOver = (accept: (persona: string) => boolean) =>
    eachDay(arm, accept, (day, rows) => armDayFigures(day, rows, bootstrap))
  return {
    name: arm.name,
    kind: arm.kind,
    days: daysOver(() => true),
    personas: arm.personas.map(({ id, days }) => ({
      id,
      days: days.map((lived) => dayFigures(lived.day, [{ persona: id, lived }], bootstrap)),
    })),
    ...(tuned && {
      groups: {
        tuned: { days: daysOver((persona) => tuned.includes(persona)) },
        heldOut: { days: daysOver((persona) => !tuned.includes(persona)) },
      },
    }),
    change: changeOf(arm, bootstrap),
    retention: retentionOf(arm),
    nights: eachDay(arm, () => true, nightFigures).filter((night) => night !== null),
  }
}

function retentionOf({ personas }: LivedArm): ArmReport['retention'] {
  const all = personas.flatMap(({ days }) => days.flatMap(({ metrics }) => metrics.retention ?? []))
  const measure = all[0]?.measure
  return measure ? { measure, base: meanOf(all.flatMap(({ base }) => base ?? [])) } : null
}

/** Goes through the days that at least one of the accepted personas has lived. */
function eachDay<T>(
  arm: LivedArm,
  accept: (persona: string) => boolean,
  of: (day: number, rows: readonly DayOfPersona[]) => T,
): T[] {
  const byDay = new Map<number, DayOfPersona[]>()
  for (const { id, days } of arm.personas.filter((persona) => accept(persona.id))) {
    for (const lived of days) byDay.set(lived.day, [...(byDay.get(lived.day) ?? []), { persona: id, lived }])
  }
  return [...byDay].sort(([a], [b]) => a - b).map(([day, rows]) => of(day, rows))
}
