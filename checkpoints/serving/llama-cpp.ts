import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import type { AdapterServer, RequestChange, ServedAdapter } from './adapter-server.js'
import type { ServerClient } from './server-client.js'

const listSchema = z.array(z.object({ id: z.int().min(0), path: z.string(), scale: z.number() }))

/**
 * llama-server, which takes adapters only when it starts, as GGUF files (`--lora`), and a request chooses among them
 * (https://github.com/ggml-org/llama.cpp/tree/master/tools/server). One is found by its file's name,
 * `attune-<checkpoint id>.gguf`. A night in between is therefore a stop of the run with the commands to give.
 */
export class LlamaCppAdapters implements AdapterServer {
  readonly moves = true

  constructor(private readonly client: ServerClient) {}

  async load({ name, dir }: ServedAdapter, signal?: AbortSignal): Promise<RequestChange> {
    const found = (await this.#list(signal)).find(({ path }) => path.split(/[/\\]/).at(-1) === `${name}.gguf`)
    if (!found) throw this.#missing(name, dir)
    const { body } = this.client.config
    // what it cached of a prompt may have been computed with another adapter
    return { body: { ...body, lora: [{ id: found.id, scale: 1 }], cache_prompt: false } }
  }

  unload(): Promise<void> {
    return Promise.resolve()
  }

  isUnknown(): boolean {
    return false
  }

  /** @throws AttuneError CHECKPOINT_NOT_SERVABLE when adapters are applied to every request */
  async checkBase(signal?: AbortSignal): Promise<void> {
    const applied = (await this.#list(signal)).find(({ scale }) => scale !== 0)
    if (!applied) return
    throw new AttuneError(
      'CHECKPOINT_NOT_SERVABLE',
      'config',
      `llama-server at ${this.client.config.url} applies ${applied.path} to every request, also to those for the base`,
      { key: `models.${this.client.name}`, hint: 'start it with --lora-init-without-apply' },
    )
  }

  async #list(signal?: AbortSignal): Promise<z.infer<typeof listSchema>> {
    const answer = await this.client.call('/lora-adapters', undefined, signal)
    try {
      if (answer.status === 200) return listSchema.parse(JSON.parse(answer.text))
    } catch {
      // told below
    }
    throw this.client.refused(answer, 'list its adapters', 'check that `url` is that of a llama-server')
  }

  #missing(name: string, dir: string): AttuneError {
    return new AttuneError(
      'CHECKPOINT_NOT_SERVABLE',
      'config',
      `llama-server at ${this.client.config.url} was not started with ${name}.gguf, and takes no adapter while it runs`,
      {
        file: dir,
        key: `models.${this.client.name}.adapters`,
        hint: `convert it (convert_lora_to_gguf.py ${dir} --outfile ${name}.gguf), start llama-server again with --lora-init-without-apply --lora ${name}.gguf and all adapters it had, and run the same command again: it goes on from here`,
      },
    )
  }
}
