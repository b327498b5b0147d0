import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { sha256Hex } from '../../common/files.js'
import { baseFolder } from '../../models/base-folder.js'

/** `org/name`, as the Hub names models. */
const HUB_ID = /^[\w.-]+\/[\w.-]+$/
/** `org` and `name` in a path of the Hub's cache. */
const CACHED = /models--([\w.-]+?)--([\w.-]+?)\/snapshots\//

/**
 * Whether two names of a base model mean the same one: ids of the Hub by name, folders of this machine by place or by
 * their config.json. `unknown`: one of them is a folder that is not on this machine.
 */
export function compareBase(expected: string, told: string): 'same' | 'other' | 'unknown' {
  if (expected === told) return 'same'
  const [ours, theirs] = [identify(expected), identify(told)]
  if (ours.hub !== null && theirs.hub !== null) return ours.hub === theirs.hub ? 'same' : 'other'
  if (ours.folder === null || theirs.folder === null) return 'unknown'
  if (ours.folder === theirs.folder) return 'same'
  return configOf(ours.folder) === configOf(theirs.folder) ? 'same' : 'other'
}

interface Identity {
  hub: string | null
  folder: string | null
}

function identify(name: string): Identity {
  const cached = CACHED.exec(name)
  if (cached) return { hub: `${cached[1]}/${cached[2]}`.toLowerCase(), folder: null }
  const folder = baseFolder(name)
  if (existsSync(join(folder, 'config.json'))) return { hub: null, folder: realpathSync(folder) }
  return { hub: HUB_ID.test(name) ? name.toLowerCase() : null, folder: null }
}

const configOf = (folder: string): string => sha256Hex(readFileSync(join(folder, 'config.json')))
