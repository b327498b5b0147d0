import { EndpointServer } from '../../checkpoints/serving/endpoint-server.js'
import type { RunConfig } from '../../configs/schema.js'
import { AccountedEmbedder } from '../../models/calls/accounted-embedder.js'
import { AccountedModel } from '../../models/calls/accounted-model.js'
import type { Budget } from '../../models/calls/budget.js'
import type { Role } from '../../models/calls/call-entry.js'
import type { LedgerSlot } from '../../models/calls/ledger.js'
import type { ChatModel } from '../../models/chat-model.js'
import { createEmbedder } from '../../models/embedding/create-embedder.js'
import type { Embedder } from '../../models/embedding/embedder.js'
import { EndpointModel } from '../../models/endpoint/endpoint-model.js'
import type { StoredCheckpoint } from '../stages/train-night.js'

/** What takes the place of models in a dry run. */
export interface StandIns {
  /** Of an entry of `models`. */
  chat: (name: string) => ChatModel
  /** Of a model of this machine that may say only `replies`; null: any text. */
  local: (replies: readonly string[] | null) => ChatModel
  /** True for an arm that is trained in a real run: what is asked after its nights is asked. */
  trains: (arm: string) => boolean
  /** Of any embedder, its calls on record all the same. */
  embedder: () => Embedder
}

/** The models behind endpoints of one process: each opened once, so that its limits hold over all who ask it. */
export class Endpoints {
  readonly #open = new Map<string, ChatModel>()

  constructor(
    private readonly models: RunConfig['models'],
    private readonly budget: Budget,
    private readonly standIns?: Pick<StandIns, 'chat' | 'embedder'>,
  ) {}

  /** True for a name that is an entry of `models`. */
  has(name: string): boolean {
    return Object.hasOwn(this.models, name)
  }

  /** The embedder of `assistant.memory.embedder`; one behind an endpoint has its vectors on record in the ledger. */
  async embedder(spec: string, ledger: LedgerSlot): Promise<Embedder> {
    const entry = this.models[spec]
    const { standIns } = this
    const open = async (): Promise<Embedder> =>
      standIns ? standIns.embedder() : createEmbedder(spec, this.models, process.env)
    if (!entry) return open()
    const { model, price } = entry
    return new AccountedEmbedder(open, { ledger, budget: this.budget, price, model })
  }

  /** An entry of `models` as one role asks it, every call on record in the ledger. @throws AttuneError MODEL_KEY_MISSING */
  model(name: string, role: Role, ledger: LedgerSlot): ChatModel {
    return this.#accounted(this.#inner(name), name, role, ledger)
  }

  /**
   * What serves one persona's checkpoints behind an entry of `models`, every call on record under the checkpoint's id.
   *
   * @param root folder of the run
   */
  serving(
    name: string,
    ledger: LedgerSlot,
    root: string,
  ): (stored: StoredCheckpoint | null, signal?: AbortSignal) => Promise<ChatModel> {
    const inner = this.#inner(name)
    // a dry run has no server to load anything into
    const server = inner instanceof EndpointModel ? new EndpointServer(inner, root) : null
    return async (stored, signal) =>
      this.#accounted(server ? await server.serve(stored, signal) : inner, name, 'assistant', ledger)
  }

  #accounted(inner: ChatModel, name: string, role: Role, ledger: LedgerSlot): AccountedModel {
    const { price } = this.models[name]!
    return new AccountedModel(inner, { role, ledger, budget: this.budget, price })
  }

  #inner(name: string): ChatModel {
    let inner = this.#open.get(name)
    if (!inner) this.#open.set(name, (inner = this.#opened(name)))
    return inner
  }

  #opened(name: string): ChatModel {
    return this.standIns?.chat(name) ?? new EndpointModel(name, this.models[name]!)
  }
}
