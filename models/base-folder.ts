import { join, resolve } from 'node:path'
import { packageRoot } from '../common/package-root.js'

/** The absolute folder of a base model: `nano` ships with attune, anything else is a folder. */
export function baseFolder(model: string): string {
  return model === 'nano' ? join(packageRoot(), 'models', 'nano') : resolve(model)
}
