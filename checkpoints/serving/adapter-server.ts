import type { EndpointConfig } from '../../configs/schema.js'
import type { FailedAttempt } from '../../models/chat-model.js'

/** An adapter, or all weights of a model, that a server is asked to take. */
export interface ServedAdapter {
  /** `attune-<checkpoint id>`: of one persona and night, so that many live on one server. */
  name: string
  /** Its folder on this machine. */
  dir: string
  /** Its folder as the server sees it. */
  path: string
  /** The base as the checkpoint names it. */
  base: string
  kind: 'full' | 'adapter'
}

/** What a chat request says to be answered by an adapter. */
export interface RequestChange {
  /** The model it names. */
  model?: string
  /** Its further fields. */
  body?: EndpointConfig['body']
}

/** How one kind of server takes adapters. Every call may be repeated without harm. */
export interface AdapterServer {
  /** Makes an adapter ready. @throws AttuneError ADAPTER_REFUSED, CHECKPOINT_NOT_SERVABLE, MODEL_UNREACHABLE */
  load(adapter: ServedAdapter, signal?: AbortSignal): Promise<RequestChange>
  /**
   * Frees what an adapter takes; nothing happens where it is not loaded.
   * @param dir null: not known, for an adapter of an earlier process
   */
  unload(adapter: { name: string; dir: string | null }, signal?: AbortSignal): Promise<void>
  /** True for what the server says to a chat request for an adapter that it does not have (any more). */
  isUnknown(failure: FailedAttempt): boolean
  /** Before each call it is looked where the adapter is, since a restart may have moved it. */
  readonly moves?: boolean
  /** It holds one model at a time, the base or a checkpoint of either kind: each takes the place of what was there. */
  readonly holdsOne?: boolean
  /** Sees to it that requests without an adapter are answered by the base. Absent: they always are. */
  checkBase?(signal?: AbortSignal): Promise<RequestChange | void>
}
