import { describeKeys, type KeyDescription } from './describe-keys.js'

/** All keys of a run as plain text for a terminal: key, type and default on a line, the meaning below it. */
export function keysHelp(keys: readonly KeyDescription[] = describeKeys()): string {
  return keys
    .map(({ key, type, default: standard, required, meaning, section }) => {
      if (section) return `\n${key}  -  ${meaning}`
      const state = required ? 'must be set' : standard === undefined ? '' : `default ${standard}`
      return `  ${key}  (${[type, state].filter((part) => part !== '').join('; ')})\n      ${meaning}`
    })
    .join('\n')
    .trimStart()
}
