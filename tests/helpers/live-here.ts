import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { loadAnyPersonas } from '../../configs/load-personas.js'
import { loadRunConfig } from '../../configs/load-run-config.js'
import { loadWorld } from '../../configs/load-world.js'
import { TaskRunner } from '../../pipeline/run/do-task.js'
import { settleManifest } from '../../pipeline/run/manifest.js'
import { RunFolder } from '../../pipeline/run/run-folder.js'
import { tasksOf } from '../../pipeline/run/tasks.js'

/** Lives all arms of a configuration in this process, from the sources, and returns the run. */
export async function liveHere(file: string, runs: string): Promise<RunFolder> {
  const config = loadRunConfig(file)
  const world = loadWorld()
  const personas = loadAnyPersonas(config.personas, world)
  const folder = new RunFolder(join(runs, config.name))
  mkdirSync(folder.root, { recursive: true })
  await settleManifest(folder.manifest, config, personas, world)
  const runner = new TaskRunner({ root: folder.root, config, world, personas })
  const tasks = tasksOf(
    config,
    personas.map(({ id }) => id),
  )
  for (const task of tasks) await runner.run(task, () => {})
  return folder
}
