import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AttuneError } from '../../common/error.js'

const folder = mkdtempSync(join(tmpdir(), 'attune-configs-'))
let files = 0

export function yamlFile(text: string): string {
  const file = join(folder, `${(files += 1)}.yaml`)
  writeFileSync(file, text)
  return file
}

export function thrownBy(act: () => unknown): AttuneError {
  try {
    act()
  } catch (error) {
    if (AttuneError.is(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

/** Problems as `line key message | hint`, the part a user reads. */
export function problemsBy(act: () => unknown): string[] {
  return (thrownBy(act).details.problems ?? []).map(({ message, details: { file, line, key, hint } }) => {
    const where = file?.startsWith('--') === true ? file : (line ?? '-')
    return `${where} ${key ?? ''}: ${message} | ${hint ?? ''}`
  })
}
