import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { ioError } from '../../common/files.js'
import { baseFolder } from '../../models/base-folder.js'
import type { AdapterServer, RequestChange, ServedAdapter } from './adapter-server.js'
import type { ServerClient } from './server-client.js'
import { writeTransformersFolder } from './transformers-folder.js'

/**
 * `transformers serve`, started without a model: it loads whatever folder a request names as the model, and lets go of it
 * when nobody has asked for a while.
 */
export class TransformersAdapters implements AdapterServer {
  constructor(private readonly client: ServerClient) {}

  async load({ dir, path, base }: ServedAdapter): Promise<RequestChange> {
    const { model } = this.client.config
    const folder = [model, base]
      .map((name) => baseFolder(name))
      .find((each) => existsSync(join(each, 'config.json')))
    if (folder === undefined) throw this.#noBase(base)
    await writeTransformersFolder(servedFolder(dir), folder, dir)
    return { model: servedFolder(path) }
  }

  async unload({ dir }: { dir: string | null }): Promise<void> {
    if (dir === null) return
    await rm(servedFolder(dir), { recursive: true, force: true }).catch((cause: unknown) => {
      throw ioError('write', servedFolder(dir), cause)
    })
  }

  isUnknown(): boolean {
    return false
  }

  #noBase(base: string): AttuneError {
    return new AttuneError(
      'CHECKPOINT_NOT_SERVABLE',
      'config',
      `transformers serve takes an adapter only together with its base, and ${base} is no folder on this machine`,
      {
        key: `models.${this.client.name}.model`,
        hint: 'name the base by its folder (hf download <model> --local-dir <folder>), or serve it by vLLM or SGLang',
      },
    )
  }
}

/** Beside the checkpoint's folder, under either of its names. */
const servedFolder = (folder: string): string => `${folder}-served`
