import { openAsBlob } from 'node:fs'
import { join } from 'node:path'
import type { PushedFile } from '../../checkpoints/hub/push-folder.js'
import { stableJson } from '../../common/files.js'
import { ioError } from '../../common/files.js'
import { randomAt } from '../../common/random.js'
import type { TrainingJob } from '../trainer.js'
import { preferenceRows } from './preference-rows.js'

const ADAPTER = ['adapter_config.json', 'adapter_model.safetensors'] as const

const CARD = `---
tags: [preference, dpo, trl, attune]
configs:
- config_name: default
  data_files:
  - {split: train, path: data/train.jsonl}
---

Preference pairs of one persona, made by attune from simulated days. Each commit is one night's data, with the settings of
its training in \`job.json\` and the adapter that it went on from in \`parent/\`.
`

/**
 * Everything that a night is trained from, as files of one commit of a dataset: pairs, settings, and the adapter to go on
 * from, wherever that was trained.
 * @throws AttuneError FILE_READ_FAILED
 */
export async function nightFiles(job: TrainingJob): Promise<PushedFile[]> {
  const { parentDir } = job
  const parent =
    parentDir === null
      ? []
      : await Promise.all(
          ADAPTER.map(async (name) => ({
            path: `parent/${name}`,
            content: await openAsBlob(join(parentDir, name)).catch((cause: unknown) => {
              throw ioError('read', join(parentDir, name), cause)
            }),
          })),
        )
  return [
    { path: 'README.md', content: new Blob([CARD]) },
    { path: 'data/train.jsonl', content: new Blob([preferenceRows(job.pairs)]) },
    { path: 'job.json', content: new Blob([stableJson(description(job))]) },
    ...parent,
  ]
}

/** As train.py of `trl` reads it. */
function description({ key, address, base, parentDir, pairs, config }: TrainingJob): object {
  const { hosted: _, trl: __, ...trainer } = config
  return {
    key,
    base,
    baseName: base,
    parent: parentDir !== null,
    seed: randomAt(...address, 'seed').int(2 ** 31),
    // as the embedded trainer draws them
    orders: Array.from({ length: config.epochs }, (_, epoch) =>
      randomAt(...address, 'shuffle', epoch).shuffle([...pairs.keys()]),
    ),
    trainer,
  }
}
