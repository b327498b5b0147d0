import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { homedir, tmpdir } from 'node:os'
import { basename, join, resolve } from 'node:path'
import { modelCard } from '../../checkpoints/card/model-card.js'
import { pushedFiles, refuseForbidden } from '../../checkpoints/hub/pushed-files.js'
import { pushFolder } from '../../checkpoints/hub/push-folder.js'
import { inspectFolder } from '../../checkpoints/inspect-folder.js'
import { loadCheckpointWeights } from '../../checkpoints/load-weights.js'
import { AttuneError } from '../../common/error.js'
import { packageRoot } from '../../common/package-root.js'
import { baseFolder } from '../../models/base-folder.js'
import { saveModelFolder } from '../../models/lm/hf-folder.js'
import type { RunFolder } from '../run/run-folder.js'
import { cardFacts } from './card-facts.js'
import { type FoundCheckpoint, findCheckpoint } from './find-checkpoint.js'
import { removed } from './open-model.js'

export interface PushCheckpointOptions {
  /** `owner/name` on the Hub. */
  repo: string
  /** An adapter is merged into its base and pushed as a whole model. */
  merged: boolean
  isPublic: boolean
  accessToken: string
  /** Id of the base model on the Hub, where the run names a folder. */
  baseModel?: string
  /** As the Hub names it, where the base's own card does not tell. */
  license?: string
  /** Hub dataset with the pairs. */
  dataset?: string
  hubUrl?: string
}

export interface PushedCheckpoint {
  url: string
  commit: string
  id: string
  /** What was pushed. */
  kind: 'adapter' | 'full'
  private: boolean
  files: string[]
}

/**
 * Pushes one checkpoint of a run to the Hub with its tokenizer and a model card, private unless told otherwise.
 *
 * @throws AttuneError CHECKPOINT_UNKNOWN, CHECKPOINT_REMOVED, CHECKPOINT_NOT_HERE, CHECKPOINT_BASE_LOCAL, PUSH_NOT_CLEAN;
 *   as `inspectFolder` and `pushFolder`
 */
export async function pushCheckpoint(
  folder: RunFolder,
  name: string,
  options: PushCheckpointOptions,
): Promise<PushedCheckpoint> {
  const found = await findCheckpoint(folder, name)
  const { entry } = found
  const { checkpoint, dir } = entry
  if (dir === null) throw notHere(checkpoint.location)
  if (!existsSync(dir)) throw removed(dir)
  const base = baseOf(checkpoint.base, options.baseModel)
  const form = checkpoint.kind === 'adapter' && !options.merged ? 'adapter' : 'full'
  if (form === 'adapter' && base.hubId === null) throw baseIsLocal(base.name)
  await inspectFolder(dir, {
    kind: checkpoint.kind === 'adapter' ? 'adapter' : 'full',
    base: checkpoint.base,
  })
  const staging = await mkdtemp(join(tmpdir(), 'attune-push-'))
  try {
    const weights = form === 'full' && checkpoint.kind === 'adapter' ? join(staging, 'merged') : dir
    if (weights !== dir) await merge(found, base.folder, weights)
    const forbidden = secretsAndPaths(folder, options.accessToken)
    const card = modelCard(await cardFacts(folder, found, { ...options, form, base }))
    refuseForbidden('README.md', card, forbidden)
    const files = [
      { path: 'README.md', content: new Blob([card]) },
      ...(await pushedFiles({ weights, tokenizer: base.folder, baseModel: base.hubId, forbidden })),
    ]
    const { repo, isPublic, accessToken, hubUrl } = options
    const { url, commit } = await pushFolder({
      repo,
      type: 'model',
      files,
      private: !isPublic,
      message: `attune checkpoint ${checkpoint.id}: ${entry.persona}, day ${entry.day}`,
      accessToken,
      ...(hubUrl !== undefined && { hubUrl }),
    })
    const names = files.map(({ path }) => path)
    return { url, commit, id: checkpoint.id, kind: form, private: !isPublic, files: names }
  } finally {
    await rm(staging, { recursive: true, force: true })
  }
}

/** A base model: where it lies here, and how others find it. */
export interface BaseModel {
  folder: string | null
  hubId: string | null
  name: string
}

function baseOf(base: string, told: string | undefined): BaseModel {
  const folder = baseFolder(base)
  if (existsSync(folder)) return { folder, hubId: told ?? null, name: basename(folder) }
  const isId = /^[\w.-]+\/[\w.-]+$/.test(base)
  return { folder: null, hubId: told ?? (isId ? base : null), name: basename(base) }
}

async function merge({ entry }: FoundCheckpoint, base: string | null, to: string): Promise<void> {
  const { checkpoint, dir } = entry
  if (base === null) {
    throw new AttuneError('CHECKPOINT_NOT_HERE', 'usage', `the base ${checkpoint.base} is no folder here`, {
      hint: 'Download it into a folder of that name to merge, or push the adapter without --merged.',
    })
  }
  const { config, weights } = await loadCheckpointWeights(base, { checkpoint, dir })
  await saveModelFolder(to, { config, weights, tokenizerFrom: base })
}

function secretsAndPaths(folder: RunFolder, accessToken: string): string[] {
  const keys = Object.entries(process.env).flatMap(([name, value]) =>
    /(?:_KEY|_TOKEN|_SECRET)$/.test(name) && value && value.length >= 8 ? [value] : [],
  )
  return [accessToken, ...keys, resolve(folder.root), process.cwd(), packageRoot(), `${homedir()}/`]
}

function notHere(location: string): AttuneError {
  return new AttuneError(
    'CHECKPOINT_NOT_HERE',
    'usage',
    `this checkpoint lies at its provider, as ${location}`,
    {
      hint: 'Export it there; only what lies in the run folder can be pushed.',
    },
  )
}

function baseIsLocal(name: string): AttuneError {
  return new AttuneError(
    'CHECKPOINT_BASE_LOCAL',
    'usage',
    `others cannot load an adapter of ${name}, a folder here`,
    {
      hint: 'Push the whole model with --merged, or name the same base on the Hub with --base-model.',
    },
  )
}
