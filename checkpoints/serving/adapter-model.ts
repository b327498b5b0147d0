import type {
  ChatModel,
  FailedAttempt,
  GenerateOptions,
  GenerateReply,
  GenerateRequest,
} from '../../models/chat-model.js'
import type { AdapterServer } from './adapter-server.js'

/** The model of an adapter on a server that may forget it: after a restart it is loaded again, once for each call. */
export class AdapterModel implements ChatModel {
  #opened: Promise<ChatModel> | null = null

  /**
   * @param id of the checkpoint
   * @param open loads the adapter and gives the model that answers by it; repeated after the server forgot it
   */
  constructor(
    readonly id: string,
    private readonly open: (signal?: AbortSignal) => Promise<ChatModel>,
    private readonly server: Pick<AdapterServer, 'isUnknown' | 'moves'>,
  ) {}

  /** Loads it. @throws AttuneError as {@link AdapterServer.load} */
  async ready(signal?: AbortSignal): Promise<void> {
    await this.#model(signal)
  }

  async generate(
    requests: readonly GenerateRequest[],
    options: GenerateOptions = {},
  ): Promise<GenerateReply[]> {
    if (this.server.moves) this.#opened = null
    const opening = this.#model(options.signal)
    const model = await opening
    let unknown = false
    const onFailedAttempt = (failure: FailedAttempt): void => {
      unknown ||= failure.waitMs === null && this.server.isUnknown(failure)
      options.onFailedAttempt?.(failure)
    }
    try {
      return await model.generate(requests, { ...options, onFailedAttempt })
    } catch (error) {
      if (!unknown) throw error
      options.signal?.throwIfAborted()
      // others may have had it loaded again in the meantime
      if (this.#opened === opening) this.#opened = null
      return (await this.#model(options.signal)).generate(requests, options)
    }
  }

  /** The server is shared. */
  close(): Promise<void> {
    return Promise.resolve()
  }

  #model(signal?: AbortSignal): Promise<ChatModel> {
    if (this.#opened) return this.#opened
    const opening: Promise<ChatModel> = this.open(signal).catch((error: unknown) => {
      if (this.#opened === opening) this.#opened = null
      throw error
    })
    return (this.#opened = opening)
  }
}
