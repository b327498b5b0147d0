import { resolve } from 'node:path'
import { AttuneError } from '../../common/error.js'
import { loadWorld } from '../../configs/load-world.js'
import { resolveArm } from '../../configs/resolve-arm.js'
import { chatLoop, CheckpointChat, turnText } from '../checkpoints/chat.js'
import { checkpointJson, checkpointText, lineageText } from '../checkpoints/checkpoint-text.js'
import { findCheckpoint, placeOf } from '../checkpoints/find-checkpoint.js'
import { listCheckpoints } from '../checkpoints/list-checkpoints.js'
import { nightSettings } from '../checkpoints/night-settings.js'
import { openModel } from '../checkpoints/open-model.js'
import { pushCheckpoint } from '../checkpoints/push-checkpoint.js'
import { readManifest } from '../run/read-manifest.js'
import { RunFolder } from '../run/run-folder.js'
import { print } from './run-command.js'

/** `attune checkpoint list`: the lineage of every arm and persona, with the scores of the day that each one lived. */
export async function listCommand(run: string, { json }: { json: boolean }): Promise<void> {
  const entries = await listCheckpoints(new RunFolder(resolve(run)))
  await print(
    `${json ? JSON.stringify({ format: 'attune-checkpoints/1', checkpoints: entries }, null, 2) : lineageText(entries)}\n`,
  )
}

/** `attune checkpoint show`: everything of one. */
export async function showCommand(run: string, name: string, { json }: { json: boolean }): Promise<void> {
  const folder = new RunFolder(resolve(run))
  const found = await findCheckpoint(folder, name)
  const settings = await nightSettings(folder, found.entry)
  const text = json
    ? JSON.stringify(checkpointJson(found, settings), null, 2)
    : checkpointText(found, { settings, cwd: process.cwd() })
  await print(`${text}\n`)
}

export interface PushCommandOptions {
  merged: boolean
  public: boolean
  baseModel?: string
  license?: string
  dataset?: string
  hubUrl?: string
  json: boolean
}

/** `attune checkpoint push`: to the Hub, with a model card. */
export async function pushCommand(
  run: string,
  name: string,
  repo: string,
  options: PushCommandOptions,
): Promise<void> {
  const { json, public: isPublic, ...rest } = options
  const token = process.env['HF_TOKEN']
  if (!token)
    throw new AttuneError('HUB_TOKEN_MISSING', 'config', 'HF_TOKEN is not set', {
      hint: 'Set it to a token that may write to repositories: https://huggingface.co/settings/tokens.',
    })
  const folder = new RunFolder(resolve(run))
  const pushed = await pushCheckpoint(folder, name, { ...rest, repo, isPublic, accessToken: token })
  if (json) return print(`${JSON.stringify(pushed, null, 2)}\n`)
  const size = `${pushed.files.length} files, ${isPublic ? 'public' : 'private'}`
  process.stderr.write(`Pushed ${pushed.kind} ${pushed.id} (${size}), commit ${pushed.commit}\n`)
  await print(`${pushed.url}\n`)
}

export interface ChatCommandOptions {
  candidates: number
  json: boolean
}

/** `attune checkpoint chat`: lines in, candidates out, until the input ends. */
export async function chatCommand(run: string, name: string, options: ChatCommandOptions): Promise<void> {
  const { candidates, json } = options
  const folder = new RunFolder(resolve(run))
  const { entry } = await findCheckpoint(folder, name)
  const config = resolveArm(readManifest(folder.manifest).config, entry.arm)
  const world = loadWorld()
  const model = await openModel(entry, config, world, folder.root)
  const typing = process.stdin.isTTY
  if (typing) {
    const form = config.assistant.prompt === 'compact' ? 'a moment, e.g. 14:30 kitchen making coffee' : 'text'
    process.stderr.write(`${entry.checkpoint.id}, ${placeOf(entry)}. Type ${form}; Ctrl-D ends.\n`)
  }
  try {
    await chatLoop(new CheckpointChat({ model, config, world, candidates }), {
      input: process.stdin,
      ask: typing ? () => process.stderr.write('> ') : null,
      say: (turn) => print(`${json ? JSON.stringify(turn) : turnText(turn)}\n`),
    })
  } finally {
    await model.close()
  }
}
