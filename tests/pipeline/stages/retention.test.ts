import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { AttuneError } from '../../../common/error.js'
import { loadQuestions, type Question } from '../../../configs/load-questions.js'
import { loadPrompts } from '../../../configs/prompts.js'
import { loadWorld } from '../../../configs/load-world.js'
import { baseFolder } from '../../../models/base-folder.js'
import type { GenerateRequest } from '../../../models/chat-model.js'
import { loadHeldOut } from '../../../models/held-out.js'
import { loadModelFolder } from '../../../models/lm/hf-folder.js'
import { LlamaGenerator } from '../../../models/lm/llama-generate.js'
import { perplexity } from '../../../models/lm/perplexity.js'
import { ScriptedModel } from '../../../models/scripted.js'
import { collectReport } from '../../../pipeline/report/collect-report.js'
import type { RunFolder } from '../../../pipeline/run/run-folder.js'
import { byQuestions, letterOf, type Retention } from '../../../pipeline/stages/retention.js'
import { heldOut } from '../../../scripts/nano/held-out.js'
import { liveHere } from '../../helpers/live-here.js'
import { AMARA, configFile, temporaryFolder } from '../../helpers/run-folder.js'

const folder = temporaryFolder()
const nano = baseFolder('nano')
const retentionOf = (run: RunFolder, day: number, arm = 'full'): Retention | undefined =>
  (JSON.parse(readFileSync(run.day(arm, AMARA, day).metrics, 'utf8')) as { retention?: Retention }).retention

describe('held-out text of the nano model', () => {
  it('is what its script makes, and none of it was taught', () => {
    // 300 examples stand for all that were taught: the file itself was made against every one of them
    expect(heldOut(loadWorld(), 1, 300)).toBe(readFileSync(join(nano, 'held-out.jsonl'), 'utf8'))
  })

  it('has the perplexity that the logits of the inference graph give', async () => {
    const texts = (await loadHeldOut(null, nano))!.slice(0, 3)
    const model = await loadModelFolder(nano)
    const { vocabSize, eosTokenId } = model.config
    const generator = await LlamaGenerator.create(model.config, model.weights)
    let sum = 0
    let tokens = 0
    for (const text of texts) {
      const ids = [...model.tokenizer.encode(text), eosTokenId]
      const logits = await generator.forward(ids)
      ids.slice(1).forEach((id, i) => {
        const row = logits.slice(i * vocabSize, (i + 1) * vocabSize)
        sum += row[id]! - Math.log(row.reduce((total, logit) => total + Math.exp(logit), 0))
        tokens++
      })
    }
    await generator.close()
    expect(await perplexity(model, texts)).toBeCloseTo(Math.exp(-sum / tokens), 4)
  })

  it('that cannot be read is named', async () => {
    const file = join(folder, 'bad.jsonl')
    writeFileSync(file, '{"text": 3}\n')
    await expect(loadHeldOut(file, nano)).rejects.toMatchObject({ code: 'HELD_OUT_INVALID' })
    expect(await loadHeldOut(null, folder)).toBeNull()
  })
})

describe('a run that trains a model folder', () => {
  const changes = {
    personas: [AMARA],
    arms: { full: {}, none: { 'trainer.backend': 'none' } },
    references: [],
  }
  let run: RunFolder
  beforeAll(async () => {
    run = await liveHere(configFile(folder, changes), folder)
  }, 60_000)

  it('has the perplexity after each night in its metrics, and that of the base on the first day', async () => {
    const base = await perplexity(await loadModelFolder(nano), (await loadHeldOut(null, nano))!)
    expect(retentionOf(run, 1)).toMatchObject({ measure: 'perplexity', base, n: 32, failures: 0 })
    expect(retentionOf(run, 2)).toMatchObject({ measure: 'perplexity', base: null })
    for (const day of [1, 2]) expect(retentionOf(run, day)!.value).not.toBe(base)
    expect(retentionOf(run, 1, 'none')).toBeUndefined()
  })

  it('gives the same bytes when a day is measured again', async () => {
    const file = run.day('full', AMARA, 2).metrics
    const before = readFileSync(file)
    rmSync(file)
    await liveHere(configFile(folder, changes), folder)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('is reported by day, with the base it is held against', async () => {
    const [full, none] = (await collectReport(run)).arms
    expect(full!.retention).toEqual({ measure: 'perplexity', base: retentionOf(run, 1)!.base })
    expect(full!.days.map(({ retention }) => retention.value)).toEqual([
      retentionOf(run, 1)!.value,
      retentionOf(run, 2)!.value,
    ])
    expect(none!.retention).toBeNull()
  })

  it('measures nothing when told not to', async () => {
    const off = { ...changes, name: 'off', days: 1, evaluate: { retention: false } }
    expect(retentionOf(await liveHere(configFile(folder, off), folder), 1)).toBeUndefined()
  })
})

const QUESTIONS: Question[] = Array.from({ length: 4 }, (_, i) => ({
  question: `Which number is ${i}, "really"?`,
  choices: ['0', '1', '2', '3, or more'],
  answer: (['A', 'B', 'C', 'D'] as const)[i]!,
}))

describe('multiple-choice questions', () => {
  const ask = (script: (request: GenerateRequest) => string) => {
    const model = new ScriptedModel(script)
    const measure = byQuestions({
      serve: () => Promise.resolve(model),
      questions: QUESTIONS,
      prompts: loadPrompts(null),
      address: [1, AMARA],
      maxTokens: 16,
    })
    return { model, measure }
  }

  it('are asked greedily, each at an address of its own, and the share of right answers is told', async () => {
    const { model, measure } = ask(({ messages }) =>
      messages.at(-1)!.content.includes('is 3')
        ? 'It is B.'
        : `{"answer": "${'ABC'[model.requests.length - 1]}"}`,
    )
    expect(await measure(null, { day: 2 })).toEqual({ measure: 'questions', value: 0.75, n: 4, failures: 0 })
    const addresses = model.requests.map(({ address }) => address.join('/'))
    expect(new Set(addresses).size).toBe(4)
    expect(addresses[0]).toBe(`1/${AMARA}/2/retention/base/0`)
    expect(model.requests[3]!.messages.at(-1)!.content).toContain('D. 3, or more')
    expect(model.requests.every(({ sampling }) => sampling.temperature === 0)).toBe(true)
  })

  it('that a server does not answer are in no share; any other error is thrown', async () => {
    const fail =
      (code: string) =>
      ({ messages }: GenerateRequest) => {
        if (messages.at(-1)!.content.includes('is 0')) throw new AttuneError(code, 'model', 'no')
        return 'B'
      }
    const refused = await ask(fail('MODEL_REFUSED')).measure(null, { day: 1 })
    expect(refused).toMatchObject({ value: 1 / 3, failures: 1 })
    await expect(ask(fail('MODEL_DENIED')).measure(null, { day: 1 })).rejects.toMatchObject({
      code: 'MODEL_DENIED',
    })
  })

  it.each([
    ['{"answer": "C"}', 'C'],
    ['```json\n{"answer":"b"}\n```', 'B'],
    ['C', 'C'],
    ['The answer is (D).', 'D'],
    ['A cat is no answer, so B.', 'B'],
    ['I do not know', null],
    ['', null],
  ])('%j is read as %s', (reply, letter) => {
    expect(letterOf(reply)).toBe(letter)
  })

  it('are read alike from CSV with and without a first line, and from both kinds of JSON lines', () => {
    const cell = (text: string): string => `"${text.replaceAll('"', '""')}"`
    const rows = QUESTIONS.map(({ question, choices, answer }) =>
      [question, ...choices, answer].map(cell).join(','),
    ).join('\r\n')
    const lists = QUESTIONS.map(({ question, choices, answer }) =>
      JSON.stringify({ question, subject: 'numbers', choices, answer: 'ABCD'.indexOf(answer) }),
    )
    const letters = QUESTIONS.map(({ question, choices: [A, B, C, D], answer }) =>
      JSON.stringify({ question, A, B, C, D, answer }),
    )
    const files = {
      'a.csv': rows,
      'b.csv': `question,A,B,C,D,answer\n${rows}\n`,
      'c.jsonl': `${lists.join('\n')}\n`,
      'd.jsonl': letters.join('\n'),
    }
    for (const [name, content] of Object.entries(files)) {
      const file = join(folder, name)
      writeFileSync(file, content)
      expect(loadQuestions(file), name).toEqual(QUESTIONS)
    }
  })

  it('name the line of what is no question', () => {
    const file = join(folder, 'bad.csv')
    writeFileSync(file, 'one,1,2,3,4,A\ntwo,"1\n2",2,3,4,B\nthree,1,2,3,A\n')
    expect(() => loadQuestions(file)).toThrow(
      expect.objectContaining({ details: expect.objectContaining({ line: 4 }) as unknown }) as Error,
    )
    expect(() => loadQuestions(join(folder, 'none.csv'))).toThrow(/cannot be read/)
  })
})
