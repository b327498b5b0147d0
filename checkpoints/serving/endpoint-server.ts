import { isAbsolute, posix, relative, sep } from 'node:path'
import { AttuneError } from '../../common/error.js'
import type { ChatModel } from '../../models/chat-model.js'
import type { EndpointModel } from '../../models/endpoint/endpoint-model.js'
import type { Checkpoint } from '../checkpoint.js'
import { inspectFolder } from '../inspect-folder.js'
import { AdapterModel } from './adapter-model.js'
import type { AdapterServer, ServedAdapter } from './adapter-server.js'
import { HfEndpoint } from './hf-endpoint/hf-endpoint.js'
import { LlamaCppAdapters } from './llama-cpp.js'
import { ServerClient, type ServerClientOptions } from './server-client.js'
import { SglangAdapters } from './sglang.js'
import { TransformersAdapters } from './transformers.js'
import { VllmAdapters } from './vllm.js'

/** A checkpoint with the folder in which its weights lie. */
interface Stored {
  checkpoint: Checkpoint
  /** Absolute; null for a hosted model. */
  dir: string | null
}

/**
 * The checkpoints of one persona behind an endpoint, night after night: a hosted one by its name, an adapter loaded into
 * the running server, where it takes the place of the one before; a dedicated endpoint is moved to it. All ask the same endpoint, within its limits.
 */
export class EndpointServer {
  readonly #server: AdapterServer | null
  #served: { adapter: ServedAdapter; model: AdapterModel } | null = null

  /**
   * @param base the entry of `models` as it is
   * @param root folder of the run, which the server may see under another path
   */
  constructor(
    private readonly base: EndpointModel,
    private readonly root: string,
    options: ServerClientOptions = {},
  ) {
    const Server = SERVERS[base.config.adapters]
    this.#server = Server ? new Server(new ServerClient(base.name, base.config, options)) : null
  }

  /**
   * @param stored null: the base itself
   * @returns a model whose id is that of the checkpoint
   * @throws AttuneError CHECKPOINT_UNSAFE, CHECKPOINT_NOT_SERVABLE, ADAPTER_REFUSED, MODEL_UNREACHABLE; as `HfEndpoint`
   */
  async serve(stored: Stored | null, signal?: AbortSignal): Promise<ChatModel> {
    if (!stored) {
      if (this.#server?.holdsOne) this.#served = null
      const change = await this.#server?.checkBase?.(signal)
      return change ? this.base.with({ id: this.base.id, ...change }) : this.base
    }
    const { checkpoint, dir } = stored
    const { id, location, kind, base } = checkpoint
    if (kind === 'hosted' || dir === null) return this.base.with({ id, model: location })
    const adapter = { name: nameOf(id), dir, path: this.#pathOf(dir), base, kind }
    if (this.#served?.adapter.name === adapter.name) return this.#served.model
    if (!this.#server)
      throw this.#cannot(`${dir} lies on this machine`, 'set `adapters` to how its server takes adapters')
    await inspectFolder(dir, { kind, base })
    if (kind === 'full' && !this.#server.holdsOne) return this.#full(id, adapter)
    const server = this.#server
    const model = new AdapterModel(
      id,
      async (again) => this.base.with({ id, ...(await server.load(adapter, again)) }),
      server,
    )
    await model.ready(signal)
    await this.#unloadBefore(checkpoint, adapter, signal)
    this.#served = { adapter, model }
    return model
  }

  /** What an earlier process loaded is known by the lineage. */
  async #unloadBefore({ parent }: Checkpoint, { name }: ServedAdapter, signal?: AbortSignal): Promise<void> {
    const before = this.#served?.adapter
    if (before) await this.#server!.unload(before, signal)
    const above = parent === null ? null : nameOf(parent)
    if (above !== null && above !== before?.name && above !== name)
      await this.#server!.unload({ name: above, dir: null }, signal)
  }

  #full(id: string, { path }: ServedAdapter): ChatModel {
    if (this.base.config.adapters === 'transformers') return this.base.with({ id, model: path })
    throw this.#cannot(
      `its server takes adapters, and ${path} holds all weights of a model`,
      'train an adapter (`trainer.lora`), or start a server with this folder and name it as `assistant.model` of a new run',
    )
  }

  #pathOf(dir: string): string {
    const { adapterFolder } = this.base.config
    if (adapterFolder === null) return dir
    const below = relative(this.root, dir)
    if (!below.startsWith('..') && !isAbsolute(below)) return posix.join(adapterFolder, ...below.split(sep))
    throw this.#cannot(`${dir} does not lie in the run folder ${this.root}`, 'leave `adapterFolder` out')
  }

  #cannot(why: string, hint: string): AttuneError {
    const { name } = this.base
    return new AttuneError(
      'CHECKPOINT_NOT_SERVABLE',
      'config',
      `\`models.${name}\` cannot serve this checkpoint: ${why}`,
      {
        key: `models.${name}.adapters`,
        hint,
      },
    )
  }
}

const nameOf = (id: string): string => `attune-${id}`

/** By `adapters` of an entry. */
const SERVERS: Readonly<Record<string, new (client: ServerClient) => AdapterServer>> = {
  vllm: VllmAdapters,
  sglang: SglangAdapters,
  'llama.cpp': LlamaCppAdapters,
  transformers: TransformersAdapters,
  'hf-endpoint': HfEndpoint,
}
