import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AttuneError } from './error.js'

function isPackageRoot(folder: string): boolean {
  try {
    const manifest: { name?: unknown } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return manifest.name === 'attune'
  } catch {
    return false
  }
}

function findPackageRoot(): string {
  const start = dirname(fileURLToPath(import.meta.url))
  for (let folder = start; ; folder = dirname(folder)) {
    if (isPackageRoot(folder)) return folder
    if (folder === dirname(folder)) break
  }
  throw new AttuneError('PACKAGE_ROOT_MISSING', 'internal', `no package.json of attune above ${start}`, {
    hint: 'Reinstall the package.',
  })
}

let known: string | undefined

/** Absolute folder of this package's package.json, from the sources as well as from dist/. */
export function packageRoot(): string {
  return (known ??= findPackageRoot())
}
