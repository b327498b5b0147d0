import { createHash } from 'node:crypto'
import { canonicalJson } from '../common/canonical-json.js'
import type { RunConfig } from './schema.js'

/** SHA-256 (hex) of the canonical JSON of a resolved configuration; the order of keys does not matter. */
export function configHash(config: RunConfig): string {
  return createHash('sha256').update(canonicalJson(config)).digest('hex')
}
