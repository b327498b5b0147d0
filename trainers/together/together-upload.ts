import { AttuneError } from '../../common/error.js'
import type { ServiceClient } from '../hosted/service-client.js'

/**
 * Uploads a file by Together's three steps: a redirect to a signed address, the bytes there, then (elsewhere) its
 * processing. The client of the service does this in a way that fails on Node 20.
 * @returns id of the file
 * @throws AttuneError TRAINER_ANSWER_INVALID when no address is told
 */
export async function uploadTogether(
  client: ServiceClient,
  name: string,
  jsonl: string,
  signal?: AbortSignal,
): Promise<string> {
  const told = { file_name: name, file_type: 'jsonl', purpose: 'fine-tune' }
  const fields = new URLSearchParams(told).toString()
  const redirect = await client.send({
    method: 'POST',
    path: `/files?${fields}`,
    body: fields,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    // costs nothing: a second file would lie about unused
    repeatable: true,
    signal,
  })
  const location = redirect.headers.get('location')
  const id = redirect.headers.get('x-together-file-id')
  await redirect.body?.cancel()
  if (redirect.status !== 302 || !location || !id || !/^https?:/.test(location))
    throw new AttuneError(
      'TRAINER_ANSWER_INVALID',
      'trainer',
      'together told no address to upload the pairs to',
      {
        hint: 'Is the address right, and of this service?',
      },
    )
  const stored = await client.send({
    method: 'PUT',
    path: location,
    body: new TextEncoder().encode(jsonl),
    headers: { 'content-type': 'application/octet-stream' },
    repeatable: true,
    signal,
  })
  await stored.body?.cancel()
  return id
}
