import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { CardDay, CardFacts, CardFigure } from '../../checkpoints/card/model-card.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import { collectReport } from '../report/collect-report.js'
import type { Estimate, PersonaDay } from '../report/document.js'
import { readManifest } from '../run/read-manifest.js'
import type { RunFolder } from '../run/run-folder.js'
import { versions } from '../run/versions.js'
import type { FoundCheckpoint } from './find-checkpoint.js'
import { nightSettings } from './night-settings.js'
import type { BaseModel, PushCheckpointOptions } from './push-checkpoint.js'

export interface CardFactsOptions extends Pick<PushCheckpointOptions, 'repo' | 'license' | 'dataset'> {
  form: CardFacts['form']
  base: BaseModel
}

/** What a model card tells of a checkpoint, read from its run. @throws AttuneError as `collectReport` */
export async function cardFacts(
  folder: RunFolder,
  { entry, lineage }: FoundCheckpoint,
  { repo, form, base, license, dataset }: CardFactsOptions,
): Promise<CardFacts> {
  const { checkpoint, arm, persona, day, pairs } = entry
  const { assistant } = resolveArm(readManifest(folder.manifest).config, arm)
  const { prompt } = assistant
  const report = await collectReport(folder)
  const lived = report.arms.find(({ name }) => name === arm)
  const own = lived?.personas.find(({ id }) => id === persona)?.days ?? []
  const scores = own
    .filter((each) => each.day <= day + 1)
    .flatMap((each): CardDay[] => {
      const all = lived?.days.find((other) => other.day === each.day)
      return all ? [cardDay(each, all)] : []
    })
  return {
    repo,
    form,
    checkpoint,
    base: { hubId: base.hubId, name: base.name },
    license: license ?? (await licenseOf(base)),
    dataset: dataset ?? null,
    run: report.run,
    arm,
    persona,
    nights: lineage.length,
    day,
    pairCount: pairs,
    settings: { ...(await nightSettings(folder, entry)), base: base.hubId ?? base.name },
    personas: report.personas,
    scores,
    prompt,
    version: versions()['attune']!,
  }
}

function cardDay(own: PersonaDay, all: PersonaDay): CardDay {
  const figure = ({ value, low, high }: Estimate): CardFigure => ({ value, low, high })
  return {
    day: own.day,
    own: { delivered: own.delivered.value, f1: own.f1.value, mean: own.mean.value },
    all: { delivered: figure(all.delivered), f1: figure(all.f1), mean: figure(all.mean) },
  }
}

/** What the base's own card says; null where it has none. */
async function licenseOf({ folder }: BaseModel): Promise<string | null> {
  if (folder === null) return null
  const card = await readFile(join(folder, 'README.md'), 'utf8').catch(() => '')
  const [, yaml] = /^---\n([\s\S]*?)\n---/.exec(card) ?? []
  try {
    const metadata: unknown = parse(yaml ?? '')
    const license =
      typeof metadata === 'object' && metadata !== null && 'license' in metadata ? metadata.license : null
    return typeof license === 'string' ? license : null
  } catch {
    return null
  }
}
