import { openAsBlob } from 'node:fs'
import { open, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { ioError } from '../../common/files.js'
import type { PushedFile } from './push-folder.js'

const WEIGHTS = /^(?:adapter_model|model(?:-\d{5}-of-\d{5})?)\.safetensors$/
const CONFIGS = new Set([
  'adapter_config.json',
  'config.json',
  'generation_config.json',
  'model.safetensors.index.json',
])
const TOKENIZER = new Set([
  'added_tokens.json',
  'chat_template.jinja',
  'merges.txt',
  'special_tokens_map.json',
  'tokenizer.json',
  'tokenizer.model',
  'tokenizer_config.json',
  'vocab.json',
])
/** Where libraries note the path that a model was loaded from. */
const PATH_KEYS = ['_name_or_path', 'name_or_path', 'tokenizer_file', 'vocab_file']

export interface PushedFilesOptions {
  /** Folder of the weights. */
  weights: string
  /** Folder whose tokenizer is taken where that folder has none. */
  tokenizer: string | null
  /** Name of the base that an adapter is told to load. */
  baseModel: string | null
  /** Texts that must not leave this machine: folders, keys. */
  forbidden: readonly string[]
}

/**
 * The files of a checkpoint as they may be seen by others: weights, configuration and tokenizer only, and what a library
 * noted of local paths taken out. Logs, optimiser states and pickle files stay here.
 *
 * @throws AttuneError PUSH_NOT_CLEAN where a forbidden text is left in a file; FILE_READ_FAILED
 */
export async function pushedFiles(options: PushedFilesOptions): Promise<PushedFile[]> {
  const { weights, tokenizer, forbidden } = options
  const own = await namesIn(weights)
  const hasTokenizer = own.some((name) => TOKENIZER.has(name))
  const borrowed = hasTokenizer || tokenizer === null ? [] : await namesIn(tokenizer)
  const texts = [
    ...own.filter((name) => CONFIGS.has(name) || TOKENIZER.has(name)).map((name) => [weights, name] as const),
    ...borrowed.filter((name) => TOKENIZER.has(name)).map((name) => [tokenizer!, name] as const),
  ]
  const files = await Promise.all(
    texts.map(async ([folder, name]) => {
      const text = cleaned(name, await read(join(folder, name)), options)
      refuseForbidden(join(folder, name), text, forbidden)
      return { path: name, content: new Blob([text]) }
    }),
  )
  const tensors = own
    .filter((name) => WEIGHTS.test(name))
    .map(async (name) => {
      const file = join(weights, name)
      refuseForbidden(file, await headerOf(file), forbidden)
      return { path: name, content: await openAsBlob(file) }
    })
  return [...files, ...(await Promise.all(tensors))].toSorted((a, b) => (a.path < b.path ? -1 : 1))
}

function cleaned(name: string, text: string, { baseModel }: PushedFilesOptions): string {
  if (!name.endsWith('config.json')) return text
  const { ...value } = JSON.parse(text) as Record<string, unknown>
  for (const key of PATH_KEYS) delete value[key]
  if (name === 'adapter_config.json' && baseModel !== null) value['base_model_name_or_path'] = baseModel
  return `${JSON.stringify(value, null, 2)}\n`
}

/** @throws AttuneError PUSH_NOT_CLEAN */
export function refuseForbidden(file: string, text: string, forbidden: readonly string[]): void {
  if (!forbidden.some((each) => each.length > 3 && text.includes(each))) return
  throw new AttuneError(
    'PUSH_NOT_CLEAN',
    'data',
    'a path or key of this machine stands in a file to be pushed',
    {
      file,
      hint: 'Take it out of that file; nothing was pushed.',
    },
  )
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map(({ name }) => name)
  } catch (cause) {
    throw ioError('read', folder, cause)
  }
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw ioError('read', file, cause)
  }
}

/** The JSON at the beginning of a safetensors file, where libraries leave notes. */
async function headerOf(file: string): Promise<string> {
  try {
    const handle = await open(file, 'r')
    try {
      const size = (await handle.read(Buffer.alloc(8), 0, 8, 0)).buffer.readBigUInt64LE()
      const bytes = Buffer.alloc(Number(size > 10_000_000n ? 10_000_000n : size))
      await handle.read(bytes, 0, bytes.length, 8)
      return bytes.toString('utf8')
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw ioError('read', file, cause)
  }
}
