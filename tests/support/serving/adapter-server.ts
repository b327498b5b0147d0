import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { ChatBody } from '../llm-server.js'

export type Kind = 'vllm' | 'sglang' | 'llama.cpp'

export interface AdapterServerOptions {
  kind: Kind
  /** The model that it was started with. */
  base?: string
  key?: string
  /** vLLM without VLLM_ALLOW_RUNTIME_LORA_UPDATING has no routes for adapters. */
  updating?: boolean
  maxRank?: number
  /** Maps a path of the server to one of this machine. */
  see?: (path: string) => string
  /** GGUF files that llama-server was started with, and whether they are applied. */
  gguf?: { path: string; scale: number }[]
  /** Statuses of the next calls about adapters, instead of doing them. */
  failures?: number[]
  latencyMs?: number
  /** What a chat request is answered. @default which adapter answers */
  reply?: (body: ChatBody) => string
}

/** What may stand in a request about adapters, or in a chat request that names one. */
export interface Body {
  lora_name?: string
  lora_path?: string
  model?: string
  lora?: { id: number; scale: number }[]
}

export interface Asked {
  path: string
  body: Body | null
  status: number
}

export interface AdapterPlay {
  readonly url: string
  readonly asked: Asked[]
  /** Names of adapters that are loaded. */
  readonly loaded: Map<string, string>
  readonly options: AdapterServerOptions
  /** Most chat requests that were under way at once. */
  readonly peak: number
  /** Forgets all adapters, as a new process does. */
  restart(): void
  close(): void
}

interface Answer {
  status: number
  body: unknown
}

/** A hash of the weights in an adapter's folder: what replies name, so that it is seen which adapter answered. */
export const markOf = (dir: string): string =>
  createHash('sha256')
    .update(readFileSync(join(dir, 'adapter_model.safetensors')))
    .digest('hex')
    .slice(0, 8)

/** A chat server on 127.0.0.1 that takes adapters as vLLM, SGLang or llama-server do, and refuses what they refuse. */
export async function startAdapterServer(options: AdapterServerOptions): Promise<AdapterPlay> {
  const asked: Asked[] = []
  const loaded = new Map<string, string>()
  let underWay = 0
  let peak = 0
  const server = createServer((request, response) => {
    const chats = request.url?.endsWith('completions') === true
    if (chats) peak = Math.max(peak, ++underWay)
    const answerIt = async (): Promise<void> => {
      const text = await textOf(request)
      const body = text === '' ? null : (JSON.parse(text) as Body)
      const path = request.url ?? ''
      await new Promise((done) => setTimeout(done, chats ? (options.latencyMs ?? 0) : 0))
      const wrongKey = options.key !== undefined && request.headers.authorization !== `Bearer ${options.key}`
      const answer = wrongKey
        ? { status: 401, body: { error: `Unauthorized ${request.headers.authorization}` } }
        : respond(request.method ?? '', path, body)
      asked.push({ path, body, status: answer.status })
      if (chats) underWay--
      const plain = typeof answer.body === 'string'
      response.writeHead(answer.status, { 'content-type': plain ? 'text/plain' : 'application/json' })
      response.end(plain ? answer.body : JSON.stringify(answer.body))
    }
    void answerIt()
  })

  function respond(method: string, path: string, body: Body | null): Answer {
    if (method === 'POST' && path === '/v1/chat/completions') return chat(body!)
    const failure = options.failures?.shift()
    if (failure !== undefined) return { status: failure, body: 'not now' }
    const routes = { vllm, sglang, 'llama.cpp': llama }
    return routes[options.kind](method, path, body) ?? { status: 404, body: { detail: 'Not Found' } }
  }

  /** The adapter of a folder, or why it cannot be loaded. */
  function take(path: string): { mark: string } | { why: string } {
    const dir = options.see?.(path) ?? path
    if (!existsSync(join(dir, 'adapter_config.json'))) return { why: `No adapter found for ${path}` }
    const { r } = JSON.parse(readFileSync(join(dir, 'adapter_config.json'), 'utf8')) as { r: number }
    if (r > (options.maxRank ?? 16))
      return { why: `LoRA rank ${r} is greater than max_lora_rank ${options.maxRank}` }
    return { mark: markOf(dir) }
  }

  function vllm(method: string, path: string, body: Body | null): Answer | null {
    if (method !== 'POST' || options.updating === false) return null
    const error = (status: number, message: string): Answer => ({
      status,
      body: { error: { message, type: 'X', param: null, code: status } },
    })
    if (path === '/v1/load_lora_adapter') {
      const { name, path: folder } = fields(body, ['lora_name', 'lora_path'])
      if (loaded.has(name))
        return error(
          400,
          `The lora adapter '${name}' has already been loaded. If you want to load the adapter in place, set 'load_inplace' to True.`,
        )
      const taken = take(folder)
      if ('why' in taken) return error(taken.why.startsWith('No') ? 404 : 500, taken.why)
      loaded.set(name, taken.mark)
      return { status: 200, body: `Success: LoRA adapter '${name}' added successfully.` }
    }
    if (path === '/v1/unload_lora_adapter') {
      const { name } = fields(body, ['lora_name'])
      if (!loaded.delete(name)) return error(404, `The lora adapter '${name}' cannot be found.`)
      return { status: 200, body: `Success: LoRA adapter '${name}' removed successfully.` }
    }
    return null
  }

  function sglang(method: string, path: string, body: Body | null): Answer | null {
    if (method !== 'POST') return null
    const result = (success: boolean, error_message = ''): Answer => ({
      status: success ? 200 : 400,
      body: { success, error_message, loaded_adapters: Object.fromEntries(loaded) },
    })
    if (path === '/load_lora_adapter') {
      const { name, path: folder } = fields(body, ['lora_name', 'lora_path'])
      if (loaded.has(name))
        return result(
          false,
          `LoRA with name ${name} already exists. Loaded LoRAs: ${[...loaded.keys()].join()}`,
        )
      const taken = take(folder)
      if ('why' in taken) return result(false, taken.why)
      loaded.set(name, taken.mark)
      return result(true)
    }
    if (path === '/unload_lora_adapter') {
      const { name } = fields(body, ['lora_name'])
      return loaded.delete(name)
        ? result(true)
        : result(false, `LoRA with name ${name} does not exist. Loaded LoRAs: `)
    }
    return null
  }

  function llama(method: string, path: string): Answer | null {
    if (method !== 'GET' || path !== '/lora-adapters') return null
    return {
      status: 200,
      body: (options.gguf ?? []).map((each, id) => ({ id, ...each, task_name: '', prompt_prefix: '' })),
    }
  }

  function chat(body: Body): Answer {
    const { model, lora_path: named, lora } = body
    const base = options.base ?? 'base'
    const error = (status: number, message: string): Answer => ({ status, body: { error: { message } } })
    let who = base
    if (options.kind === 'vllm') {
      if (model !== base && !loaded.has(model!)) return error(404, `The model \`${model}\` does not exist.`)
      who = loaded.get(model!) ?? base
    } else if (options.kind === 'sglang' && named !== undefined) {
      if (model !== base) throw new Error(`model ${model}`)
      if (!loaded.has(named))
        return error(
          500,
          `Internal server error: The following requested LoRA adapters are not loaded: ${named}\nLoaded adapters: ${[...loaded.keys()].join()}.`,
        )
      who = loaded.get(named)!
    } else if (options.kind === 'llama.cpp' && Array.isArray(lora)) {
      const [{ id, scale }] = lora as [{ id: number; scale: number }]
      if (scale !== 1 || lora.length !== 1) throw new Error(JSON.stringify(lora))
      who = options.gguf![id]!.path
    }
    const message = { role: 'assistant', content: options.reply?.(body as ChatBody) ?? `by ${who}` }
    return {
      status: 200,
      body: {
        id: 'x',
        object: 'chat.completion',
        model,
        choices: [{ index: 0, message, finish_reason: 'stop' }],
        usage: { prompt_tokens: 3, completion_tokens: 2 },
      },
    }
  }

  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    asked,
    loaded,
    options,
    get peak() {
      return peak
    },
    restart: () => loaded.clear(),
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** The two fields of a request about an adapter; any other is refused as a test's failure. */
function fields(body: Body | null, names: string[]): { name: string; path: string } {
  if (JSON.stringify(Object.keys(body ?? {}).toSorted()) !== JSON.stringify(names))
    throw new Error(`fields ${JSON.stringify(body)}`)
  return { name: body!.lora_name!, path: body!.lora_path ?? '' }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts).toString('utf8')
}
