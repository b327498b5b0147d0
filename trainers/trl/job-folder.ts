import { existsSync } from 'node:fs'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { ioError, sha256Hex, writeFileAtomic, writeJsonAtomic } from '../../common/files.js'
import { packageRoot } from '../../common/package-root.js'
import { randomAt } from '../../common/random.js'
import { baseFolder } from '../../models/base-folder.js'
import type { TrainingJob } from '../trainer.js'

const PAIRS = 'pairs.jsonl'

/** Where a night is trained: what the script is given, what it tells, what it yields. Removed once that is fetched. */
export class JobFolder {
  constructor(readonly path: string) {}

  /** Beside the night's weights, or where both machines see it. */
  static of({ key, outputDir, config }: TrainingJob): JobFolder {
    const { sharedFolder } = config.trl
    if (sharedFolder === null) return new JobFolder(join(dirname(outputDir), `trl-${key.slice(0, 16)}`))
    // two arms or runs may train the same night at once
    const name = sha256Hex(`${key} ${resolve(outputDir)}`).slice(0, 16)
    return new JobFolder(join(resolve(sharedFolder), `attune-${name}`))
  }

  get script(): string {
    return join(this.path, 'train.py')
  }
  /** One JSON object a line. */
  get stdout(): string {
    return join(this.path, 'events.jsonl')
  }
  get stderr(): string {
    return join(this.path, 'stderr.log')
  }
  /** Weights, complete when it stands. */
  get output(): string {
    return join(this.path, 'output')
  }
  /** Stops a process that no signal reaches, e.g. behind ssh, at its next step. */
  get cancelled(): string {
    return join(this.path, 'cancel')
  }

  /** Writes everything that the script reads, over what an earlier attempt left. @throws AttuneError of kind `io` */
  async write(job: TrainingJob): Promise<void> {
    try {
      await rm(this.path, { recursive: true, force: true })
      await mkdir(this.path, { recursive: true })
      await writeFileAtomic(this.script, await readFile(join(packageRoot(), 'trainers/trl/train.py')))
      const rows = job.pairs.map(({ system, prompt, chosen, rejected }) =>
        JSON.stringify({ system, prompt, chosen, rejected }),
      )
      await writeFileAtomic(join(this.path, PAIRS), rows.map((row) => `${row}\n`).join(''))
      await writeJsonAtomic(join(this.path, 'job.json'), await this.#description(job))
    } catch (cause) {
      throw AttuneError.is(cause) ? cause : ioError('write', this.path, cause)
    }
  }

  async cancel(): Promise<void> {
    await writeFile(this.cancelled, '').catch((cause: unknown) => {
      throw ioError('write', this.cancelled, cause)
    })
  }

  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true })
    await rm(`${this.path}.lock`, { force: true })
  }

  async #description({ address, base, parentDir, pairs, config }: TrainingJob): Promise<object> {
    const { hosted: _, ...trainer } = config
    const shared = config.trl.sharedFolder !== null
    return {
      // what ships with attune and what lies in the run folder is brought along; a large base is there already
      base: shared && base === 'nano' ? await this.#copy(baseFolder(base)) : localBase(base),
      baseName: base,
      parent: parentDir !== null && shared ? await this.#copy(parentDir) : parentDir,
      seed: randomAt(...address, 'seed').int(2 ** 31),
      // as the embedded trainer draws them
      orders: Array.from({ length: config.epochs }, (_, epoch) =>
        randomAt(...address, 'shuffle', epoch).shuffle([...pairs.keys()]),
      ),
      trainer,
    }
  }

  async #copy(folder: string): Promise<string> {
    const copy = join(this.path, basename(folder))
    await cp(folder, copy, { recursive: true })
    return copy
  }
}

/** Absolute folder of a base that lies here; a Hub id, or a folder that only the other machine has, as it is. */
export function localBase(base: string): string {
  const folder = baseFolder(base)
  return existsSync(join(folder, 'config.json')) ? folder : base
}
