import { z } from 'zod'
import { AttuneError } from '../../common/error.js'
import type { TrainerConfig } from '../../configs/schema.js'
import { awaitData } from '../hosted/await-data.js'
import type { ServiceClient } from '../hosted/service-client.js'
import { datasetAnswer } from './fireworks-answers.js'

/** Most bytes that a plain upload takes. */
export const UPLOAD_BYTES = 150e6

export interface Rows {
  /** Path of the account, e.g. `/accounts/me`. */
  account: string
  datasetId: string
  jsonl: string
}

/**
 * Makes a dataset of a night's rows, uploads them and waits until it is ready. Its id comes from the rows: one that is
 * ready is used as it is, one whose upload was broken off is uploaded again.
 * @throws AttuneError TRAINER_DATA_REJECTED
 */
export async function bringRows(
  client: ServiceClient,
  { account, datasetId, jsonl }: Rows,
  hosted: TrainerConfig['hosted'],
  signal?: AbortSignal,
): Promise<void> {
  const path = `${account}/datasets/${datasetId}`
  const look = async (): Promise<z.infer<typeof datasetAnswer> | null> =>
    client.json({ path, signal }, datasetAnswer).catch(unless('TRAINER_NOT_FOUND'))
  const dataset = await look()
  if (dataset?.state === 'READY') return
  if (dataset === null) {
    const exampleCount = String(jsonl.split('\n').length - 1)
    const body = { datasetId, dataset: { userUploaded: {}, exampleCount } }
    const call = { method: 'POST', path: `${account}/datasets`, body, repeatable: true, signal } as const
    await client.json(call, z.unknown()).catch(unless('TRAINER_CONFLICT'))
  }
  const form = new FormData()
  form.set('file', new Blob([jsonl]), `${datasetId}.jsonl`)
  const upload = { method: 'POST', path: `${path}:upload`, body: form, repeatable: true, signal } as const
  // a conflict: an earlier process has uploaded these rows, and they are being processed
  await client.json(upload, z.unknown()).catch(unless('TRAINER_CONFLICT'))
  await awaitData(
    'fireworks',
    hosted,
    async () => {
      const { state, status } = (await look()) ?? {}
      if (state === 'READY') return 'ready'
      const code = status?.code ?? 'OK'
      return code === 'OK' ? 'processing' : { rejected: status?.message ?? code }
    },
    signal,
  )
}

/** Null in place of an error that says no more than that. */
export const unless =
  (code: string) =>
  (error: unknown): null => {
    if (AttuneError.is(error) && error.code === code) return null
    throw error
  }
