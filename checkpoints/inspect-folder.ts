import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { AttuneError } from '../common/error.js'
import { baseFolder } from '../models/base-folder.js'
import { readSafetensorsHeader, type TensorEntry } from '../models/lm/safetensors-header.js'
import { baseTensors } from './inspect/base-tensors.js'
import { checkAdapter } from './inspect/check-adapter.js'
import { readPlainJson } from './inspect/read-plain-json.js'
import { unsafe } from './inspect/unsafe.js'
import { type FoundFile, walkFolder } from './inspect/walk-folder.js'

/** What a folder is taken for. */
export interface ExpectedFolder {
  /** `full`: a model folder. `adapter`: a PEFT folder. */
  kind: 'full' | 'adapter'
  /** The base of the run: a folder, `nano`, or an id of the Hub. */
  base: string
}

export interface InspectedFolder {
  /** What could not be checked, one sentence each. */
  notes: string[]
}

/** Most bytes of a folder. */
const MOST_BYTES = { adapter: 8 * 2 ** 30, full: 512 * 2 ** 30 }
const ADAPTER_CONFIG = 'adapter_config.json'
const ADAPTER_WEIGHTS = 'adapter_model.safetensors'
const CONFIG = 'config.json'

/**
 * Looks at a checkpoint's folder before anything loads it, wherever it came from. Refused are: pickles, code and links;
 * safetensors files whose header does not describe them exactly; names that lead out of the folder; configurations that
 * ask for code; an adapter of another base or kind, or for modules that the base does not have; folders far too large.
 * Only headers of weights are read.
 *
 * @throws AttuneError CHECKPOINT_UNSAFE (kind `data`) with file and reason, CHECKPOINT_INVALID when a file is missing,
 *   FILE_READ_FAILED
 */
export async function inspectFolder(dir: string, { kind, base }: ExpectedFolder): Promise<InspectedFolder> {
  const files = await walkFolder(dir)
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (bytes > MOST_BYTES[kind])
    throw unsafe(dir, `${bytes} bytes are too many for ${kind === 'full' ? 'a model' : 'an adapter'}`)
  const json = new Map<string, unknown>()
  const tensors = new Map<string, TensorEntry[]>()
  for (const file of files) {
    if (file.name.endsWith('.json')) json.set(file.name, await readPlainJson(file))
    if (file.name.endsWith('.safetensors')) tensors.set(file.name, await headerOf(file))
  }
  for (const [name, value] of json)
    if (name.endsWith('.safetensors.index.json')) checkIndex(join(dir, name), name, value, tensors)
  if (kind === 'full') {
    required(dir, CONFIG, json.has(CONFIG))
    required(dir, 'model.safetensors', tensors.size > 0)
    return { notes: [] }
  }
  required(dir, ADAPTER_CONFIG, json.has(ADAPTER_CONFIG))
  required(dir, ADAPTER_WEIGHTS, tensors.has(ADAPTER_WEIGHTS))
  const adapter = {
    configFile: join(dir, ADAPTER_CONFIG),
    config: json.get(ADAPTER_CONFIG),
    weightsFile: join(dir, ADAPTER_WEIGHTS),
    tensors: tensors.get(ADAPTER_WEIGHTS)!,
  }
  const known = existsSync(baseFolder(base)) ? await baseTensors(baseFolder(base)) : null
  return { notes: checkAdapter(adapter, base, known) }
}

async function headerOf({ path }: FoundFile): Promise<TensorEntry[]> {
  const entries = await readSafetensorsHeader(path).catch((cause: unknown) => {
    if (!AttuneError.is(cause) || cause.code !== 'SAFETENSORS_INVALID') throw cause
    throw unsafe(path, cause.message, undefined, cause)
  })
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  const odd = entries.find(({ name }) => /[\u0000-\u001f\u007f/\\]|^\.\.?$/.test(name))
  if (odd) throw unsafe(path, `${JSON.stringify(odd.name)} is a path, no name of a tensor`)
  return entries
}

/** Every part that an index names must be a file beside it, and hold what the index says. */
function checkIndex(
  file: string,
  name: string,
  index: unknown,
  tensors: ReadonlyMap<string, readonly TensorEntry[]>,
): void {
  const map = typeof index === 'object' && index !== null && 'weight_map' in index ? index.weight_map : null
  if (typeof map !== 'object' || map === null) throw unsafe(file, 'it has no weight_map')
  const below = name.slice(0, name.lastIndexOf('/') + 1)
  const held = new Map<string, Set<string>>()
  for (const [tensor, part] of Object.entries(map)) {
    if (typeof part !== 'string' || !/^[\w.-]+\.safetensors$/.test(part))
      throw unsafe(file, `it names ${JSON.stringify(part)}, which is no file beside it`)
    let names = held.get(part)
    if (!names) held.set(part, (names = new Set(tensors.get(below + part)?.map((entry) => entry.name))))
    if (!names.has(tensor)) throw unsafe(file, `${tensor} does not stand in ${part}`)
  }
}

function required(dir: string, name: string, found: boolean): void {
  if (found) return
  throw new AttuneError('CHECKPOINT_INVALID', 'data', `there is no ${name} in this checkpoint`, {
    file: join(dir, name),
    hint: `Delete ${dir} and its checkpoint.json and run again: that night is trained again from its pairs.`,
  })
}
