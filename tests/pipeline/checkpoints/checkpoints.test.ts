import { readFileSync, rmSync } from 'node:fs'
import { Readable } from 'node:stream'
import { beforeAll, describe, expect, it } from 'vitest'
import { loadWorld } from '../../../configs/load-world.js'
import { resolveArm } from '../../../configs/resolve-arm.js'
import { type ChatTurn, chatLoop, CheckpointChat, turnText } from '../../../pipeline/checkpoints/chat.js'
import { checkpointText, lineageText } from '../../../pipeline/checkpoints/checkpoint-text.js'
import { findCheckpoint } from '../../../pipeline/checkpoints/find-checkpoint.js'
import { type CheckpointEntry, listCheckpoints } from '../../../pipeline/checkpoints/list-checkpoints.js'
import { nightSettings } from '../../../pipeline/checkpoints/night-settings.js'
import { openModel } from '../../../pipeline/checkpoints/open-model.js'
import { readManifest } from '../../../pipeline/run/read-manifest.js'
import type { RunFolder } from '../../../pipeline/run/run-folder.js'
import { liveHere } from '../../helpers/live-here.js'
import { AMARA, configFile, temporaryFolder } from '../../helpers/run-folder.js'

const folder = temporaryFolder()
let run: RunFolder
let all: CheckpointEntry[]
beforeAll(async () => {
  const file = configFile(folder, {
    personas: [AMARA],
    arms: { full: {}, lora: { 'trainer.lora.rank': 4 }, none: { 'trainer.backend': 'none' } },
    references: [],
  })
  run = await liveHere(file, folder)
  all = await listCheckpoints(run)
}, 60_000)

const json = (file: string): Record<string, unknown> =>
  JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>

describe('the checkpoints of a run', () => {
  it('are listed by arm and night, each with the parent it was trained on from', () => {
    expect(all.map(({ arm, day }) => `${arm} ${day}`)).toEqual(['full 1', 'full 2', 'lora 1', 'lora 2'])
    expect(all.map(({ checkpoint }) => checkpoint.parent)).toEqual([
      null,
      all[0]!.checkpoint.id,
      null,
      all[2]!.checkpoint.id,
    ])
    expect(all.map(({ checkpoint }) => checkpoint.kind)).toEqual(['full', 'full', 'adapter', 'adapter'])
  })

  it('have the scores of the day they lived, their pairs and their size', () => {
    const { mean, f1, delivered } = json(run.day('full', AMARA, 2).metrics)
    expect(all[0]).toMatchObject({
      lived: { day: 2, mean, f1, delivered },
      pairs: json(run.day('full', AMARA, 1).job)['count'],
    })
    expect(all[1]!.lived).toBeNull()
    expect(all[0]!.bytes).toBeGreaterThan(1_500_000)
    expect(all[2]!.bytes).toBeLessThan(all[0]!.bytes! / 4)
  })

  it('are shown as text in which every id stands once as a checkpoint', () => {
    const text = lineageText(all)
    for (const { checkpoint } of all) expect(text.split(checkpoint.id)).toHaveLength(2)
    expect(text).toContain(`full / ${AMARA}`)
    expect(lineageText([])).toContain('No night')
  })
})

describe('one checkpoint', () => {
  it('is found by the beginning of its id and by its place, with all it came from', async () => {
    const { id } = all[3]!.checkpoint
    for (const name of [id, id.slice(0, 6), `lora/${AMARA}/2`, `lora/${AMARA}/day-02`]) {
      const { entry, lineage } = await findCheckpoint(run, name)
      expect(entry.checkpoint.id).toBe(id)
      expect(lineage.map(({ day }) => day)).toEqual([1, 2])
    }
  })

  it('that does not exist, or is not meant clearly, is told with a way to name it', async () => {
    const unknown = expect.objectContaining({ code: 'CHECKPOINT_UNKNOWN' }) as unknown
    await expect(findCheckpoint(run, 'zz')).rejects.toEqual(unknown)
    await expect(findCheckpoint(run, `full/nobody/1`)).rejects.toEqual(unknown)
    await expect(findCheckpoint(run, '')).rejects.toMatchObject({ code: 'CHECKPOINT_AMBIGUOUS' })
  })

  it('is told with hyperparameters and last metrics, without the places of other backends', async () => {
    const found = await findCheckpoint(run, `lora/${AMARA}/2`)
    const settings = await nightSettings(run, found.entry)
    expect(settings).toMatchObject({ beta: 0.1, method: 'dpo', lora: { rank: 4 } })
    expect(Object.keys(settings)).not.toEqual(expect.arrayContaining(['trl']))
    const text = checkpointText(found, { settings, cwd: run.root })
    expect(text).toContain(`base nano → ${all[2]!.checkpoint.id} (1) → ${all[3]!.checkpoint.id} (2)`)
    expect(text).toMatch(/rewards\/margins -?\d/)
    expect(text).toContain(all[3]!.checkpoint.pairs)
    expect(text).not.toContain(run.root)
  })
})

describe('talking to a checkpoint', () => {
  const typed = [
    '14:30 kitchen making coffee',
    '',
    'sunday 9:05 reading',
    'blah',
    '10:00 makng coffee',
    '25:00 reading',
  ]

  async function talk(entry: CheckpointEntry): Promise<ChatTurn[]> {
    const world = loadWorld()
    const config = resolveArm(readManifest(run.manifest).config, entry.arm)
    const model = await openModel(entry, config, world, run.root)
    const turns: ChatTurn[] = []
    await chatLoop(new CheckpointChat({ model, config, world, candidates: 6 }), {
      input: Readable.from(typed.map((line) => `${line}\n`)),
      ask: null,
      say: (turn) => Promise.resolve(void turns.push(turn)),
    })
    await model.close()
    return turns
  }

  it('answers each moment with what it might say, likeliest first, and the same every time', async () => {
    const turns = await talk(all[3]!)
    const [coffee, reading] = turns
    if (!coffee || !reading || 'problem' in coffee || 'problem' in reading) throw new Error('no answer')
    expect(coffee.prompt).toMatch(/^monday afternoon 14h 30m kitchen : making coffee /)
    expect(reading.prompt).toMatch(/^sunday morning 09h 00m living : reading /)
    expect(coffee.candidates.reduce((sum, { times }) => sum + times, 0)).toBe(6)
    const logProbs = coffee.candidates.map(({ logProb }) => logProb!)
    expect(logProbs).toEqual(logProbs.toSorted((a, b) => b - a))
    expect(logProbs.every((value) => value < 0)).toBe(true)
    expect(await talk(all[3]!)).toEqual(turns)
  })

  it('says what is wrong with a line, and goes on', async () => {
    const problems = (await talk(all[0]!)).slice(2).map(turnText)
    expect(problems).toHaveLength(3)
    expect(problems[0]).toContain('14:30 kitchen making coffee')
    expect(problems[1]).toContain('did you mean "making coffee"?')
    expect(problems[2]).toBe('There is no time 25:00.')
  })

  it('whose weights are gone is refused with what to do', async () => {
    const entry = { ...all[0]!, dir: `${all[0]!.dir}-gone` }
    rmSync(entry.dir, { recursive: true, force: true })
    await expect(talk(entry)).rejects.toMatchObject({ code: 'CHECKPOINT_REMOVED' })
  })
})
