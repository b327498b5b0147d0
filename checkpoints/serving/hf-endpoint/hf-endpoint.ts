import { z } from 'zod'
import { AttuneError } from '../../../common/error.js'
import type { EndpointConfig } from '../../../configs/schema.js'
import type { FailedAttempt } from '../../../models/chat-model.js'
import { chatUrl } from '../../../models/endpoint/endpoint-model.js'
import type { HubAccess } from '../../hub/ensure-repo.js'
import { latestCommit } from '../../hub/latest-commit.js'
import type { AdapterServer, RequestChange, ServedAdapter } from '../adapter-server.js'
import type { ServerClient } from '../server-client.js'
import { EndpointsApi, type EndpointState, type EndpointTarget } from './endpoints-api.js'
import { pushedCheckpoint } from './pushed-checkpoint.js'
import { untilRunning } from './until-running.js'

const modelsSchema = z.object({ data: z.array(z.object({ id: z.string() })).min(1) })
const BROKEN = new Set(['failed', 'updateFailed'])

/**
 * A dedicated Hugging Face Inference Endpoint: each checkpoint is pushed as a commit, the endpoint is moved to it, and it
 * is waited for. It is looked at first: where it stands already, nothing is moved.
 */
export class HfEndpoint implements AdapterServer {
  readonly holdsOne = true
  readonly #endpoint: NonNullable<EndpointConfig['endpoint']>
  readonly #api: EndpointsApi

  constructor(private readonly client: ServerClient) {
    this.#endpoint = client.config.endpoint!
    this.#api = new EndpointsApi(client, this.#endpoint)
  }

  /**
   * @throws AttuneError HF_ENDPOINT_REFUSED, HF_ENDPOINT_FAILED, HF_ENDPOINT_LATE, HF_ENDPOINT_ELSEWHERE,
   *   MODEL_UNREACHABLE; as {@link pushedCheckpoint}
   */
  async load(adapter: ServedAdapter, signal?: AbortSignal): Promise<RequestChange> {
    const state = await this.#look(signal)
    const { namespace, name, repository } = this.#endpoint
    const repo = repository ?? `${namespace}/attune-${name}`
    const target = await pushedCheckpoint(adapter, repo, this.client.config.model, this.#access(signal))
    return this.#stand(state, target, signal)
  }

  /** What comes next takes its place. */
  unload(): Promise<void> {
    return Promise.resolve()
  }

  /** An endpoint that was scaled to zero or moved answers by its proxy only: it is waited for again. */
  isUnknown({ status }: FailedAttempt): boolean {
    return status !== null && [502, 503, 504].includes(status)
  }

  /** Puts the base back where the endpoint stands at something else. @throws AttuneError as {@link load} */
  async checkBase(signal?: AbortSignal): Promise<RequestChange> {
    const state = await this.#look(signal)
    const { model: repository } = this.client.config
    const { revision, hub } = this.#endpoint
    const at = state.model
    if (revision !== null) return this.#stand(state, { repository, revision }, signal)
    if (at.repository === repository && at.revision != null)
      return this.#stand(state, { repository, revision: at.revision }, signal)
    const latest = await latestCommit(repository, { ...this.#access(signal), hubUrl: hub })
    return this.#stand(state, { repository, revision: latest }, signal)
  }

  async #stand(found: EndpointState, target: EndpointTarget, signal?: AbortSignal): Promise<RequestChange> {
    let state = found
    const away = state.model.repository !== target.repository || state.model.revision !== target.revision
    if (away || BROKEN.has(state.status.state)) state = await this.#api.move(target, signal)
    if (state.status.state === 'paused') state = await this.#api.resume(signal)
    await untilRunning({
      client: this.client,
      endpoint: this.#endpoint,
      root: rootOf(this.client.config.url!),
      first: state,
      look: () => this.#look(signal),
      target,
      signal,
    })
    return { model: await this.#modelName(signal) }
  }

  /** Nothing is sent to an address, and nothing pushed for it, that is not the endpoint's own. */
  async #look(signal?: AbortSignal): Promise<EndpointState> {
    const state = await this.#api.look(signal)
    const { url } = state.status
    const { name, config } = this.client
    if (url == null || rootOf(url) === rootOf(config.url!)) return state
    const { name: endpoint } = this.#endpoint
    const message = `\`models.${name}.url\` is ${config.url}, and the endpoint ${endpoint} answers at ${url}`
    throw new AttuneError('HF_ENDPOINT_ELSEWHERE', 'config', message, {
      key: `models.${name}.url`,
      hint: `set it to ${rootOf(url)}/v1`,
    })
  }

  /** Containers name the model in ways of their own, such as by its repository, which changes with it. */
  async #modelName(signal?: AbortSignal): Promise<string> {
    const { model } = this.client.config
    const { status, text } = await this.client.call('models', undefined, signal)
    if (status !== 200) return model
    try {
      const names = modelsSchema.parse(JSON.parse(text)).data.map(({ id }) => id)
      return names.includes(model) ? model : names[0]!
    } catch {
      // servers that have no such list take any name
      return model
    }
  }

  #access(signal?: AbortSignal): HubAccess {
    const { key, config, options } = this.client
    const { backoffMs } = options
    return {
      accessToken: key ?? '',
      hubUrl: this.#endpoint.hub,
      retries: config.retries,
      ...(backoffMs !== undefined && { backoffMs }),
      signal,
    }
  }
}

/** An address without `/v1` and what follows it. */
const rootOf = (url: string): string =>
  new URL(chatUrl(url)).href.replace(/\/chat\/completions$/, '').replace(/\/v1$/, '')
