import { lstat, open, readdir } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { ioError } from '../../common/files.js'
import { unsafe } from './unsafe.js'

export interface FoundFile {
  /** Below the folder, with slashes. */
  name: string
  path: string
  bytes: number
}

/** Files that run code when a library of Python loads them: pickles in all their names. */
const PICKLES = new Set(
  '.bin .pt .pth .pt2 .pkl .pickle .ckpt .joblib .dill .npy .npz .mar .t7 .h5 .hdf5 .keras'.split(' '),
)
const CODE = new Set('.py .pyc .pyd .pyx .so .dll .dylib .sh .bash .exe .bat .ps1 .js .mjs'.split(' '))
const DEEPEST = 4
const MOST_FILES = 2000
/** Control characters, what Windows takes for a separator, and blanks at the ends. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const MISLEADING = /[\u0000-\u001f\u007f\\:]|^\s|\s$/

/**
 * Every file of a folder and its subfolders, none of which is a link, code, or a pickle under any name.
 *
 * @throws AttuneError CHECKPOINT_UNSAFE, FILE_READ_FAILED
 */
export async function walkFolder(dir: string): Promise<FoundFile[]> {
  const found: FoundFile[] = []
  const visit = async (below: string, depth: number): Promise<void> => {
    const names = await readdir(join(dir, below)).catch((cause: unknown) => {
      throw ioError('read', join(dir, below), cause)
    })
    for (const name of names.toSorted()) {
      const path = join(dir, below, name)
      if (MISLEADING.test(name)) throw unsafe(path, 'a file of this name can mislead')
      const { size, ...is } = await look(path)
      if (is.link) throw unsafe(path, 'it is a link, which may point anywhere')
      if (is.folder) {
        if (depth === DEEPEST) throw unsafe(path, `folders are nested more than ${DEEPEST} deep`)
        await visit(`${below}${name}/`, depth + 1)
      } else if (is.file) {
        found.push({ name: `${below}${name}`, path, bytes: size })
        if (found.length > MOST_FILES) throw unsafe(dir, `it holds more than ${MOST_FILES} files`)
        await checkFile(path)
      } else throw unsafe(path, 'it is no plain file')
    }
  }
  await visit('', 0)
  return found
}

async function look(path: string) {
  const stat = await lstat(path).catch((cause: unknown) => {
    throw ioError('read', path, cause)
  })
  return { size: stat.size, link: stat.isSymbolicLink(), folder: stat.isDirectory(), file: stat.isFile() }
}

async function checkFile(path: string): Promise<void> {
  const kind = extname(path).toLowerCase()
  if (PICKLES.has(kind)) throw unsafe(path, `${kind} files can run code when they are loaded`)
  if (CODE.has(kind)) throw unsafe(path, 'a checkpoint that brings code is not trusted')
  if (kind !== '.safetensors' && (await beginsAsPickle(path)))
    throw unsafe(path, 'it is a pickle or an archive under another name')
}

/** A pickle of protocol 2 to 5, or a zip, as torch.save writes it. */
async function beginsAsPickle(path: string): Promise<boolean> {
  const handle = await open(path, 'r').catch((cause: unknown) => {
    throw ioError('read', path, cause)
  })
  try {
    const { buffer } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    return (
      (buffer[0] === 0x80 && buffer[1]! >= 2 && buffer[1]! <= 5) ||
      buffer.toString('latin1') === 'PK\u0003\u0004'
    )
  } finally {
    await handle.close()
  }
}
