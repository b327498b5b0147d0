import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../common/package-root.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import * as attune from '../../index.js'

const readme = readFileSync(join(packageRoot(), 'README.md'), 'utf8')
const blocks = (language: string): string[] =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))].map((found) => found[1]!)

describe('the README', () => {
  it('links to files that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)]
      .map((found) => found[1]!)
      .filter((to) => !to.startsWith('http'))
    expect(links.length).toBeGreaterThan(5)
    for (const link of links) expect(existsSync(join(packageRoot(), link)), link).toBe(true)
  })

  it('names configurations that load, with the overrides it shows', () => {
    const runs = blocks('sh')
      .join('\n')
      .split('\n')
      .filter((line) => line.includes('attune run'))
    expect(runs.length).toBeGreaterThan(0)
    for (const line of runs) {
      const words = line.replace(/#.*/, '').trim().split(/\s+/)
      const file = words.find((word) => word.endsWith('.yaml'))!
      const set = words.filter((_, i) => words[i - 1] === '--set')
      expect(() => loadRunConfig(join(packageRoot(), file), set), line).not.toThrow()
    }
  })

  it('imports from the library only what it has', () => {
    const names = [
      ...blocks('ts')
        .join('\n')
        .matchAll(/import \{ ([^}]+) \} from 'attune'/g),
    ].flatMap((found) => found[1]!.split(', '))
    expect(names.length).toBeGreaterThan(0)
    for (const name of names) expect(Object.keys(attune)).toContain(name)
  })
})
