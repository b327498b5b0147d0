import { AttuneError } from '../../../common/error.js'
import type { EndpointConfig } from '../../../configs/schema.js'
import { nameOf } from '../../../models/endpoint/denied.js'
import { pause } from '../../../models/endpoint/pause.js'
import type { ServerClient } from '../server-client.js'
import type { EndpointState, EndpointTarget } from './endpoints-api.js'

export interface Awaited {
  client: ServerClient
  endpoint: NonNullable<EndpointConfig['endpoint']>
  /** Address of the endpoint. */
  root: string
  /** What the API said last. */
  first: EndpointState
  look: () => Promise<EndpointState>
  target: EndpointTarget
  signal?: AbortSignal | undefined
}

/** States that do not pass by themselves; all others, also ones not known here, are waited out. */
const SETTLED = new Set(['running', 'failed', 'updateFailed', 'paused'])
/** Looks after which such a state counts without a change having been seen: it may be of the model before. */
const STEADY = 3

/**
 * Waits until an endpoint runs at its target and its health route answers. One that was scaled to zero is woken by being
 * asked, as any request wakes it.
 *
 * @throws AttuneError HF_ENDPOINT_FAILED, HF_ENDPOINT_LATE; those of `look`; the signal's reason when aborted
 */
export async function untilRunning(awaited: Awaited): Promise<void> {
  const { endpoint, first, look, signal = new AbortController().signal } = awaited
  const deadline = performance.now() + endpoint.timeoutMinutes * 60_000
  let changed = false
  let same = 0
  let state = first
  for (;;) {
    const { state: named } = state.status
    if (!SETTLED.has(named)) changed = true
    same++
    if (SETTLED.has(named) && (changed || same >= STEADY)) {
      if (named !== 'running') throw failed(awaited, state)
      if (!isAt(state, awaited.target)) throw movedAway(awaited, state)
      if (await answers(awaited, state, signal)) return
    }
    if (named === 'scaledToZero') await answers(awaited, state, signal)
    if (performance.now() > deadline) throw late(awaited, state)
    await pause(endpoint.pollSeconds * 1000, signal)
    const next = await look()
    if (next.status.state !== named) same = 0
    state = next
  }
}

function isAt({ model }: EndpointState, { repository, revision }: EndpointTarget): boolean {
  return model.repository === repository && model.revision === revision
}

async function answers(
  { client, root }: Awaited,
  state: EndpointState,
  signal: AbortSignal,
): Promise<boolean> {
  if (state.status.url == null) return false
  const timeout = AbortSignal.timeout(client.config.timeoutSeconds * 1000)
  try {
    const response = await fetch(`${root}/${(state.healthRoute ?? '/health').replace(/^\//, '')}`, {
      headers: { authorization: `Bearer ${client.key ?? ''}` },
      signal: AbortSignal.any([signal, timeout]),
      redirect: 'error',
    })
    await response.body?.cancel()
    return response.status === 200
  } catch {
    // silence is what one that is starting may answer with; the deadline tells
    signal.throwIfAborted()
    return false
  }
}

function failed({ client, endpoint, target }: Awaited, { status }: EndpointState): AttuneError {
  const { state, message } = status
  const paused = state === 'paused'
  return new AttuneError(
    'HF_ENDPOINT_FAILED',
    'model',
    `the endpoint of ${nameOf(client.name, client.config)} is ${state} at ${target.repository}@${target.revision.slice(0, 12)}${message ? `: ${message}` : ''}`,
    {
      key: `models.${client.name}.endpoint`,
      hint: paused
        ? `resume it (hf endpoints resume ${endpoint.name} --namespace ${endpoint.namespace}) and run the same command again`
        : 'look into its log at https://endpoints.huggingface.co: whether its container takes such a model, and may read the repository; the same command tries again',
    },
  )
}

function movedAway({ client, target }: Awaited, { model }: EndpointState): AttuneError {
  return new AttuneError(
    'HF_ENDPOINT_FAILED',
    'model',
    `the endpoint of ${nameOf(client.name, client.config)} runs ${model.repository}@${model.revision ?? ''}, not ${target.repository}@${target.revision}`,
    {
      key: `models.${client.name}.endpoint`,
      hint: 'somebody else moved it: one run at a time can have it; then run the same command again',
    },
  )
}

function late({ client, endpoint }: Awaited, { status }: EndpointState): AttuneError {
  return new AttuneError(
    'HF_ENDPOINT_LATE',
    'model',
    `the endpoint of ${nameOf(client.name, client.config)} did not answer in ${endpoint.timeoutMinutes} minutes; it is ${status.state}${status.message ? `: ${status.message}` : ''}`,
    {
      key: `models.${client.name}.endpoint.timeoutMinutes`,
      hint: 'look whether its hardware is to be had, and run the same command again: it goes on from here',
    },
  )
}
