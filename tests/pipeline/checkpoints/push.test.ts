import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { loadCheckpointWeights } from '../../../checkpoints/load-weights.js'
import { loadRunConfig } from '../../../configs/load-run-config.js'
import { baseFolder } from '../../../models/base-folder.js'
import { loadModelFolder } from '../../../models/lm/hf-folder.js'
import { loadLoraFolder } from '../../../models/lm/lora-folder.js'
import { findCheckpoint } from '../../../pipeline/checkpoints/find-checkpoint.js'
import { pushCheckpoint, type PushCheckpointOptions } from '../../../pipeline/checkpoints/push-checkpoint.js'
import type { RunFolder } from '../../../pipeline/run/run-folder.js'
import { liveHere } from '../../helpers/live-here.js'
import { AMARA, BRUNO, configFile, temporaryFolder } from '../../helpers/run-folder.js'
import { HUB_TOKEN, type PlayedHub, playHub } from '../../support/trainers/hub.js'

const folder = temporaryFolder()
const nano = baseFolder('nano')
let run: RunFolder
let hub: PlayedHub
beforeAll(async () => {
  hub = await playHub()
  run = await liveHere(
    configFile(folder, { arms: { full: {}, lora: { 'trainer.lora.rank': 4 } }, references: [] }),
    folder,
  )
}, 60_000)
afterAll(() => hub.close())

const push = (name: string, changes: Partial<PushCheckpointOptions> & { repo: string }) =>
  pushCheckpoint(run, name, {
    merged: false,
    isPublic: false,
    accessToken: HUB_TOKEN,
    hubUrl: hub.url,
    ...changes,
  })

/** What a repository holds, written into a folder as a download would. */
function downloaded(repo: string): { folder: string; names: string[]; card: string } {
  const { files } = hub.repos.at(hub.repos.find('models', repo), 'main')
  const to = join(folder, 'downloads', repo)
  mkdirSync(to, { recursive: true })
  for (const [name, content] of files) writeFileSync(join(to, name), content)
  return { folder: to, names: [...files.keys()], card: files.get('README.md')!.toString('utf8') }
}

const metadataOf = (card: string): unknown => parse(/^---\n([\s\S]*?)\n---\n/.exec(card)![1]!)

describe('a full model', () => {
  const repo = 'tester/amara'
  beforeAll(async () => {
    const pushed = await push(`full/${AMARA}/1`, { repo, dataset: 'tester/pairs' })
    expect(pushed).toMatchObject({ url: `${hub.url}/${repo}`, kind: 'full', private: true })
  })

  it('is pushed private, with tokenizer and card, and without logs', () => {
    expect(hub.repos.find('models', repo).private).toBe(true)
    expect(downloaded(repo).names.toSorted()).toEqual([
      '.gitattributes',
      'README.md',
      'config.json',
      'generation_config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ])
  })

  it('loads again from what was pushed, weight by weight', async () => {
    const { entry } = await findCheckpoint(run, `full/${AMARA}/1`)
    const [pushed, here] = [await loadModelFolder(downloaded(repo).folder), await loadModelFolder(entry.dir!)]
    expect(pushed.weights.flat).toEqual(here.weights.flat)
  })

  it('has a card that the Hub can read, with the scores of its days', async () => {
    const { card } = downloaded(repo)
    expect(metadataOf(card)).toEqual({
      license: 'apache-2.0',
      library_name: 'transformers',
      pipeline_tag: 'text-generation',
      tags: ['preference', 'dpo', 'attune'],
      datasets: ['tester/pairs'],
    })
    const { entry } = await findCheckpoint(run, `full/${AMARA}/1`)
    expect(card).toContain(entry.checkpoint.id)
    expect(card).toContain(entry.checkpoint.pairs)
    expect(card).toContain(`| 2 | ${entry.lived!.delivered!.toFixed(2)} |`)
    expect(card).toMatch(/\| 2 \|.* \(\d\.\d\d to \d\.\d\d\) \|/)
    expect(card).toMatch(/\| rewards\/margins \| -?\d/)
    for (const title of ['How to load it', 'Data', 'Method and settings', 'Intended use and limits'])
      expect(card).toContain(`## ${title}`)
  })

  it('tells nothing of this machine', () => {
    const { folder: to, names } = downloaded(repo)
    for (const name of names) {
      const text = readFileSync(join(to, name), 'latin1')
      for (const secret of [run.root, `${homedir()}/`, process.cwd(), HUB_TOKEN])
        expect(text.includes(secret), name).toBe(false)
    }
  })

  it('has commands for attune that are understood', () => {
    const { card } = downloaded(repo)
    const command = /attune run (\S+) (--set .*)/.exec(card)!
    const sets = command[2]!.split('--set ').map((each) => each.trim())
    const config = loadRunConfig(
      command[1]!,
      sets.filter((each) => each !== ''),
    )
    expect(config).toMatchObject({ name: 'amara', assistant: { model: './models/amara' } })
  })
})

describe('an adapter', () => {
  it('of a folder of this machine is refused before anything is sent, for nobody could load it', async () => {
    const before = hub.log.length
    await expect(push(`lora/${AMARA}/2`, { repo: 'tester/lora' })).rejects.toMatchObject({
      code: 'CHECKPOINT_BASE_LOCAL',
      kind: 'usage',
    })
    expect(hub.log).toHaveLength(before)
  })

  it('is pushed for the base that is named on the Hub, with the tokenizer of its base', async () => {
    const repo = 'tester/lora'
    const pushed = await push(`lora/${AMARA}/2`, { repo, baseModel: 'tester/nano' })
    expect(pushed.kind).toBe('adapter')
    const { folder: to, card, names } = downloaded(repo)
    expect(names).toEqual(expect.arrayContaining(['adapter_model.safetensors', 'tokenizer.json']))
    expect(metadataOf(card)).toMatchObject({
      base_model: 'tester/nano',
      base_model_relation: 'adapter',
      library_name: 'peft',
    })
    const config: unknown = JSON.parse(readFileSync(join(to, 'adapter_config.json'), 'utf8'))
    expect(config).toMatchObject({ base_model_name_or_path: 'tester/nano', r: 4, peft_type: 'LORA' })
    const { config: shape } = await loadModelFolder(nano)
    expect((await loadLoraFolder(to, shape)).lora.rank).toBe(4)
    expect(card).toContain('merge_and_unload().save_pretrained("models/lora")')
  })

  it('merged is the model that spoke in the run', async () => {
    const repo = 'tester/merged'
    await push(`lora/${BRUNO}/2`, { repo, merged: true, isPublic: true })
    const { entry } = await findCheckpoint(run, `lora/${BRUNO}/2`)
    const merged = await loadModelFolder(downloaded(repo).folder)
    expect(merged.weights.flat).toEqual((await loadCheckpointWeights(nano, entry)).weights.flat)
    expect(hub.repos.find('models', repo).private).toBe(false)
  })
})

describe('what must not be pushed', () => {
  it('a path of this machine in the folder of the weights: libraries’ notes are taken out, others refused', async () => {
    const { entry } = await findCheckpoint(run, `full/${BRUNO}/1`)
    const file = join(entry.dir!, 'tokenizer_config.json')
    const before = JSON.parse(readFileSync(file, 'utf8')) as object
    writeFileSync(file, JSON.stringify({ ...before, name_or_path: run.root }))
    await push(`full/${BRUNO}/1`, { repo: 'tester/noted' })
    expect(downloaded('tester/noted').card).not.toContain(run.root)
    expect(
      readFileSync(join(downloaded('tester/noted').folder, 'tokenizer_config.json'), 'utf8'),
    ).not.toContain(run.root)
    writeFileSync(file, JSON.stringify({ ...before, cache: `${run.root}/cache` }))
    await expect(push(`full/${BRUNO}/1`, { repo: 'tester/leak' })).rejects.toMatchObject({
      code: 'PUSH_NOT_CLEAN',
    })
    expect(() => hub.repos.find('models', 'tester/leak')).toThrow()
  })

  it('weights that are cut off', async () => {
    const { entry } = await findCheckpoint(run, `full/${BRUNO}/2`)
    const file = join(entry.dir!, 'model.safetensors')
    writeFileSync(file, readFileSync(file).subarray(0, 5000))
    const before = hub.log.length
    await expect(push(`full/${BRUNO}/2`, { repo: 'tester/cut' })).rejects.toMatchObject({ kind: 'data' })
    expect(hub.log).toHaveLength(before)
  })

  it('anything into a repository that is public, unless that is meant', async () => {
    hub.repos.put('model', 'tester/open', false)
    await expect(push(`full/${AMARA}/1`, { repo: 'tester/open' })).rejects.toMatchObject({
      code: 'HUB_REPO_PUBLIC',
    })
  })

  it('anything with a token that the Hub does not know', async () => {
    await expect(
      push(`full/${AMARA}/1`, { repo: 'tester/other', accessToken: 'hf_other' }),
    ).rejects.toMatchObject({ code: 'HUB_DENIED' })
  })
})
