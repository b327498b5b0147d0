import { mkdir } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { ioError } from '../../common/files.js'
import { loadWorld } from '../../configs/load-world.js'
import type { RunConfig } from '../../configs/schema.js'
import type { Emit } from '../progress/events.js'
import { checkRun } from './check-run.js'
import { crewOf } from './crew.js'
import { takeLock } from './lock.js'
import { settleManifest } from './manifest.js'
import { runInProcesses } from './pool.js'
import { RunFolder } from './run-folder.js'
import { costOf, spentSoFar } from './spent.js'
import { sweep } from './sweep.js'
import { tasksOf } from './tasks.js'

export interface RunOptions {
  config: RunConfig
  /** Folder of all runs. @default "runs" */
  runs?: string
  emit?: Emit
  signal?: AbortSignal
}

/**
 * The whole run: every persona of the configuration lives its days in every arm and under every reference policy.
 * The same call goes on where an earlier one stopped, whatever stopped it.
 *
 * @throws AttuneError; the signal's reason when aborted, with everything sealed so far kept
 */
export async function run({
  config,
  runs = 'runs',
  emit = () => {},
  signal,
}: RunOptions): Promise<RunFolder> {
  const world = loadWorld()
  const personas = checkRun(config, world)
  const folder = new RunFolder(resolve(join(runs, config.name)))
  await mkdir(folder.root, { recursive: true }).catch((cause: unknown) => {
    throw ioError('write', folder.root, cause)
  })
  const release = await takeLock(folder.lock)
  try {
    const ids = personas.map(({ id }) => id)
    await sweep(folder.root)
    await settleManifest(folder.manifest, config, personas, world)
    const spent = costOf(await spentSoFar(folder.lived))
    const workplace = { root: folder.root, config, world, personas, spent }
    await runInProcesses(workplace, tasksOf(config, ids), crewOf(config), emit, signal)
  } finally {
    await release()
  }
  return folder
}

/** What Ctrl-C is told as. */
export const interrupted = (): AttuneError =>
  new AttuneError('INTERRUPTED', 'usage', 'interrupted; everything lived so far is kept', {
    hint: 'Run the same command again to go on.',
  })
