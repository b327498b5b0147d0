import { readdirSync, readFileSync } from 'node:fs'
import { join, posix, relative, sep } from 'node:path'

/**
 * Which rooms (top folders) a room may import from, besides itself. `index.ts`, scripts, bench and tests may
 * import every room; nobody imports them.
 */
export const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  common: [],
  configs: ['common'],
  datasets: ['common', 'configs'],
  models: ['common', 'configs'],
  simulator: ['common', 'configs', 'datasets', 'models'],
  assistant: ['common', 'configs', 'datasets', 'models'],
  checkpoints: ['common', 'configs', 'models'],
  trainers: ['common', 'configs', 'datasets', 'models', 'checkpoints'],
  pipeline: ['common', 'configs', 'datasets', 'models', 'simulator', 'assistant', 'checkpoints', 'trainers'],
}

/** `file:line` of every import below `root` that goes against MAY_IMPORT, in words. */
export function roomProblems(root: string): string[] {
  return Object.keys(MAY_IMPORT).flatMap((room) =>
    sourcesIn(join(root, room)).flatMap((path) => {
      const file = relative(root, path).split(sep).join('/')
      return importsOf(readFileSync(path, 'utf8')).flatMap(({ specifier, line }) => {
        const reason = refusal(room, file, specifier)
        return reason === undefined ? [] : [`${file}:${line}  imports ${specifier}: ${reason}`]
      })
    }),
  )
}

function refusal(room: string, file: string, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined
  const target = posix.join(posix.dirname(file), specifier).split('/')[0] ?? ''
  if (target === room) return undefined
  const allowed = MAY_IMPORT[room] ?? []
  if (allowed.includes(target)) return undefined
  if (!(target in MAY_IMPORT)) return `${target} is no room; sources import rooms only`
  return `${room} may import ${allowed.length === 0 ? 'no other room' : allowed.join(', ')}`
}

/** Static, dynamic and re-exporting imports with the line they stand on. */
function importsOf(source: string): { specifier: string; line: number }[] {
  const code = source.replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ' '))
  const pattern = /^(?!\s*\/\/).*?(?:\bfrom|\bimport)\s*\(?\s*'([^']+)'/gm
  return [...code.matchAll(pattern)].map((match) => ({
    specifier: match[1] ?? '',
    line: code.slice(0, match.index + match[0].length).split('\n').length,
  }))
}

function sourcesIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[cm]?ts$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted()
}
