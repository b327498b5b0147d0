import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { packageRoot } from '../../common/package-root.js'

/** Versions that a run depends on. */
export function versions(): Record<string, string> {
  const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    version: string
  }
  const runtime = createRequire(import.meta.url)('onnxruntime-node/package.json') as { version: string }
  return { attune: version, node: process.versions.node, 'onnxruntime-node': runtime.version }
}
