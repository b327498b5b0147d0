import { mkdir, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { ioError, ioErrorCode, writeJsonAtomic } from '../../common/files.js'
import type { CollectedJob } from '../trainer.js'

const MARKER = 'training.json'

/** The result in a folder whose training came to its end under this key; null when there is none yet. */
export async function readTrainingFolder(folder: string, key: string): Promise<CollectedJob | null> {
  const file = join(folder, MARKER)
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if (ioErrorCode(cause) === 'ENOENT') return null
    throw ioError('read', file, cause)
  }
  try {
    const { key: stored, checkpoint, log } = JSON.parse(text) as CollectedJob & { key: string }
    return stored === key ? { checkpoint, log } : null
  } catch (cause) {
    throw new AttuneError(
      'TRAINING_FOLDER_INVALID',
      'trainer',
      'the result of this training cannot be read',
      {
        file,
        hint: 'Delete the folder: the night is trained again from its pairs.',
        cause,
      },
    )
  }
}

/**
 * Writes a training's result: weights into a folder beside, the marker last, then one rename, so that a folder under
 * its own name is complete. What an interrupted or another training left there is replaced.
 */
export async function writeTrainingFolder(
  folder: string,
  key: string,
  result: CollectedJob,
  saveWeights: (folder: string) => Promise<void>,
): Promise<void> {
  // a name of this process, for a killed run's worker may still be on its way out; a run sweeps what such ones leave
  const temporary = `${folder}.${process.pid}.tmp`
  try {
    await mkdir(dirname(folder), { recursive: true })
    await rm(temporary, { recursive: true, force: true })
    await saveWeights(temporary)
    await writeJsonAtomic(join(temporary, MARKER), { key, ...result })
    await rm(folder, { recursive: true, force: true })
    await rename(temporary, folder)
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined)
    throw AttuneError.is(cause) ? cause : ioError('write', folder, cause)
  }
}
