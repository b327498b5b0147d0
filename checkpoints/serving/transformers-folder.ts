import { copyFile, link, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { extname, join } from 'node:path'
import { ioError } from '../../common/files.js'

/** Files of a model or an adapter that transformers reads. */
const READ = new Set(['.json', '.jinja', '.txt', '.model', '.safetensors'])
/** Of attune and of trainers, not of the model. */
const OWN = new Set(['training.json', 'trainer_state.json'])

/**
 * A folder that transformers takes for a whole model with an adapter in it: files of the base beside those of the
 * adapter, which it merges in while loading (an adapter's folder alone it refuses). Weights are linked where the file
 * system can, so that they take no room. A folder that stands is complete.
 */
export async function writeTransformersFolder(folder: string, base: string, adapter: string): Promise<void> {
  if (existsSync(folder)) return
  const temporary = `${folder}.${process.pid}.tmp`
  try {
    await rm(temporary, { recursive: true, force: true })
    await mkdir(temporary, { recursive: true })
    const files = new Map([...(await filesOf(base)), ...(await filesOf(adapter))])
    for (const [name, path] of files) await linkOrCopy(await realpath(path), join(temporary, name))
    await rename(temporary, folder)
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined)
    // another process of the same run was faster
    if (!existsSync(folder)) throw ioError('write', folder, cause)
  }
}

async function filesOf(folder: string): Promise<[name: string, path: string][]> {
  const names = await readdir(folder)
  return names
    .filter((name) => READ.has(extname(name)) && !OWN.has(name))
    .map((name) => [name, join(folder, name)])
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to))
}
