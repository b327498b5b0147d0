import type * as attune from '../../index.js'
import { root } from './attune.js'

/** The built library, typed by its sources: what forks workers needs plain JavaScript. */
export const built = (await import(`${root}dist/index.js`)) as typeof attune
