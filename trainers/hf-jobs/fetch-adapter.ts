import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import { sha256Hex } from '../../common/files.js'
import type { TrainingLog } from '../trainer.js'
import { download, type DownloadOptions, type HubFile, hubFile } from './hub-files.js'

export const ADAPTER_FILES = ['adapter_config.json', 'adapter_model.safetensors'] as const
const DESCRIPTION = 'attune.json'
/** Nothing of this size is a description. */
const MOST_BYTES = 64 * 2 ** 20

const described = z.object({ size: z.int().min(0), sha256: z.string() })
const description = z.object({
  key: z.string(),
  files: z.object({
    'adapter_config.json': described,
    'adapter_model.safetensors': described,
  }),
  log: z.array(z.object({ step: z.int() }).catchall(z.number())),
  versions: z.record(z.string(), z.string()),
})

/** What run.py tells of the adapter beside it. */
export type AdapterDescription = Omit<z.infer<typeof description>, 'log'> & { log: TrainingLog[] }

export interface AdapterPlace extends Omit<DownloadOptions, 'commit'> {
  branch: string
  /** Of the job that made it. */
  key: string
}

/**
 * The files of a finished night on the Hub, complete or an error.
 * @throws AttuneError TRAINING_OUTPUT_MISSING when the branch or a file is not there
 */
export async function findAdapter(place: AdapterPlace): Promise<{ commit: string; files: HubFile[] }> {
  const { client, repo, branch, signal } = place
  const missing = (what: string): AttuneError =>
    new AttuneError('TRAINING_OUTPUT_MISSING', 'trainer', `the job has ended, but ${what} in ${repo}`, {
      hint: 'Read the log of the job. To train this night anew, and pay for it, delete handle.json of the day.',
    })
  const revision = await client
    .json(
      { path: `/api/models/${repo}/revision/${encodeURIComponent(branch)}`, signal },
      z.object({ sha: z.string().min(1) }),
    )
    .catch((error: unknown) => {
      throw AttuneError.is(error) && error.code === 'TRAINER_NOT_FOUND'
        ? missing(`there is no branch ${branch}`)
        : error
    })
  const tree = await client.json(
    { path: `/api/models/${repo}/tree/${revision.sha}`, signal },
    z.array(z.looseObject({ type: z.string(), path: z.string() })),
  )
  const files = [...ADAPTER_FILES, DESCRIPTION].map((name) => {
    const entry = hubFile.safeParse(tree.find(({ type, path }) => type === 'file' && path === name))
    if (!entry.success) throw missing(`there is no ${name} on branch ${branch}`)
    return entry.data
  })
  return { commit: revision.sha, files }
}

/** Downloads and reads the description of a night. @throws AttuneError TRAINING_OUTPUT_INVALID */
export async function readDescription(
  found: { commit: string; files: readonly HubFile[] },
  place: AdapterPlace,
  folder: string,
): Promise<AdapterDescription> {
  const file = found.files.find(({ path }) => path === DESCRIPTION)!
  if (file.size > MOST_BYTES) throw invalid(`${DESCRIPTION} has ${file.size} bytes`)
  await mkdir(folder, { recursive: true })
  try {
    await download(file, folder, { ...place, commit: found.commit })
    const read = description.safeParse(parsed(await readFile(join(folder, DESCRIPTION), 'utf8')))
    if (!read.success) throw invalid(`${DESCRIPTION} does not describe an adapter`)
    if (read.data.key !== place.key) throw invalid('it is of another night')
    return { ...read.data, log: read.data.log }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/**
 * Downloads the weights and nothing else of the repository: what else lies there could be code.
 * @throws AttuneError TRAINING_OUTPUT_INVALID when they are not what the job described
 */
export async function downloadAdapter(
  found: { commit: string; files: readonly HubFile[] },
  told: AdapterDescription,
  place: AdapterPlace,
  folder: string,
): Promise<void> {
  await mkdir(folder, { recursive: true })
  for (const name of ADAPTER_FILES) {
    const file = found.files.find(({ path }) => path === name)!
    const { size, sha256 } = told.files[name]
    if ((file.lfs?.size ?? file.size) !== size || (file.lfs && file.lfs.oid !== sha256))
      throw invalid(`${name} is not the file that the job has written`)
    await download(file, folder, { ...place, commit: found.commit })
    if (!file.lfs && sha256Hex(await readFile(join(folder, name))) !== sha256)
      throw invalid(`${name} is not the file that the job has written`)
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function invalid(why: string): AttuneError {
  return new AttuneError('TRAINING_OUTPUT_INVALID', 'trainer', `what the job has pushed is refused: ${why}`, {
    hint: 'Look at the repository on the Hub. To train this night anew, and pay for it, delete handle.json of the day.',
  })
}
