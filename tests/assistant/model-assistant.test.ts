import { describe, expect, test } from 'vitest'
import { ModelAssistant } from '../../assistant/model-assistant.js'
import type { AssistantConfig } from '../../configs/schema.js'
import { NO_RECOMMENDATION } from '../../datasets/schema.js'
import { type Script, ScriptedModel } from '../../models/scripted.js'
import { assistantConfig, momentAt, scored, world } from './helpers.js'

const JAZZ = 'Next: some soft jazz.'
const TEA = 'Next: a cup of mint tea.'

function assistantSaying(script: Script, changes: Partial<AssistantConfig> = {}) {
  const model = new ScriptedModel(script)
  const config = { ...assistantConfig, ...changes }
  const assistant = new ModelAssistant({ model, config, catalogue: world.catalogue, seed: 1 })
  assistant.startDay(1)
  return { assistant, model }
}

const told = ({ text, origin, malformed }: { text: string | null; origin: string; malformed: boolean }) =>
  `${origin}: ${malformed ? 'malformed ' : ''}${text ?? 'silence'}`

test('candidates are sampled from one prompt, the last of them is delivered', async () => {
  const { assistant, model } = assistantSaying([JAZZ, TEA])
  const proposal = await assistant.propose(momentAt(600))
  expect(proposal.candidates.map(told)).toEqual([`sampled: ${JAZZ}`, `sampled: ${TEA}`])
  expect(proposal.delivered).toBe(1)
  expect(proposal.prompt).toBe('monday morning 10h 00m living : reading . last never h0 t0 =>')
  expect(model.requests).toHaveLength(1)
  expect(model.requests[0]!.messages).toEqual([{ role: 'user', content: proposal.prompt }])
  expect(proposal.completionTokens).toBe(4 + 6)
})

test('No Recommendation becomes silence, anything unknown is malformed and kept as it was', async () => {
  const { assistant } = assistantSaying([`${NO_RECOMMENDATION} today`, NO_RECOMMENDATION])
  const { candidates } = await assistant.propose(momentAt(600))
  expect(candidates.map(told)).toEqual([`sampled: malformed ${NO_RECOMMENDATION} today`, 'sampled: silence'])
})

test('without grammar free text is a recommendation', async () => {
  const { assistant } = assistantSaying(['Maybe put on some jazz?', NO_RECOMMENDATION], { grammar: 'none' })
  const { candidates } = await assistant.propose(momentAt(600))
  expect(candidates.map(told)).toEqual(['sampled: Maybe put on some jazz?', 'sampled: silence'])
})

describe('counterfactuals', () => {
  test('that must speak come after the delivered one, from a request that excludes silence', async () => {
    const script: Script = ({ exclude }, i) => (exclude ? [JAZZ, TEA, JAZZ][i]! : NO_RECOMMENDATION)
    const { assistant, model } = assistantSaying(script, { spokenCounterfactuals: 3 })
    const { candidates, delivered } = await assistant.propose(momentAt(600))
    expect(candidates.map(told)).toEqual([
      'sampled: silence',
      'sampled: silence',
      `spoken: ${JAZZ}`,
      `spoken: ${TEA}`,
      `spoken: ${JAZZ}`,
    ])
    expect(delivered).toBe(1)
    expect(model.requests[1]!.exclude).toEqual([NO_RECOMMENDATION])
    expect(model.requests[1]!.address).not.toEqual(model.requests[0]!.address)
  })

  test('that must speak are drawn with their own sampling', async () => {
    const { assistant, model } = assistantSaying(() => JAZZ, {
      spokenCounterfactuals: 1,
      temperature: 0.7,
      minP: 0.1,
      counterfactualTemperature: 1.5,
      counterfactualMinP: 0.001,
    })
    await assistant.propose(momentAt(600))
    const [free, spoken] = model.requests.map(({ sampling }) => sampling)
    expect(free).toMatchObject({ temperature: 0.7, minP: 0.1 })
    expect(spoken).toMatchObject({ temperature: 1.5, minP: 0.001 })
  })

  test('silence is added when no candidate was silent, and only then', async () => {
    const speaking = assistantSaying([JAZZ, TEA], { silenceCounterfactual: true })
    const one = await speaking.assistant.propose(momentAt(600))
    expect(one.candidates.map(told).at(-1)).toBe('silence: silence')
    expect(one.delivered).toBe(1)
    const silent = assistantSaying([JAZZ, NO_RECOMMENDATION], { silenceCounterfactual: true })
    expect((await silent.assistant.propose(momentAt(600))).candidates).toHaveLength(2)
  })
})

describe('forced silence', () => {
  test('takes the place of the first candidate, the model is asked for one less', async () => {
    const { assistant, model } = assistantSaying([JAZZ], { forcedSilence: 1 })
    const { candidates, delivered } = await assistant.propose(momentAt(600))
    expect(candidates.map(told)).toEqual(['sampled: silence', `sampled: ${JAZZ}`])
    expect(delivered).toBe(1)
    expect(model.requests[0]!.n).toBe(1)
  })

  test('comes at its share of the steps, the same ones in every run', async () => {
    const forcedSteps = async (): Promise<number[]> => {
      const { assistant } = assistantSaying(() => JAZZ, { forcedSilence: 0.3 })
      const steps: number[] = []
      for (let step = 0; step < 300; step++) {
        const { candidates } = await assistant.propose(momentAt(480 + step, { step }))
        if (candidates[0]!.text === null) steps.push(step)
      }
      return steps
    }
    const steps = await forcedSteps()
    expect(steps.length / 300).toBeCloseTo(0.3, 1)
    expect(await forcedSteps()).toEqual(steps)
  })
})

test('draws are addressed by seed, persona, day and step', async () => {
  const { assistant, model } = assistantSaying(() => JAZZ)
  await assistant.propose(momentAt(600, { persona: 'ada', day: 4, step: 7 }))
  expect(model.requests[0]!.address.slice(0, 4)).toEqual([1, 'ada', 4, 7])
})

test('what was delivered and how it was rated stand in the next prompt', async () => {
  const { assistant } = assistantSaying(() => JAZZ)
  const moment = momentAt(600)
  assistant.observe({ type: 'delivered', moment, text: JAZZ })
  const unrated = await assistant.propose(momentAt(632))
  expect(unrated.prompt).toContain('last 30min h1 t1 ; reading 30min music jazz brief =>')
  assistant.observe({ type: 'rated', moment, rating: scored(3) })
  const rated = await assistant.propose(momentAt(632))
  expect(rated.prompt).toContain('; reading 30min music jazz brief s3 =>')
})

test('an event that is both retrieved and among the latest stands in the prompt once', async () => {
  const { assistant } = assistantSaying(() => JAZZ)
  assistant.observe({ type: 'delivered', moment: momentAt(600), text: JAZZ })
  const { prompt } = await assistant.propose(momentAt(610))
  expect(prompt.match(/music jazz/g)).toHaveLength(1)
})

test('the last thing said comes first in memory, however many silences came after it', async () => {
  const { assistant } = assistantSaying(() => JAZZ)
  assistant.observe({ type: 'delivered', moment: momentAt(600), text: JAZZ })
  for (let minute = 603; minute < 620; minute += 3) {
    assistant.observe({ type: 'delivered', moment: momentAt(minute), text: null })
  }
  const { prompt } = await assistant.propose(momentAt(621))
  expect(prompt).toContain('h1 t1 ; reading 20min music jazz brief ; ')
})

test('the count of deliveries starts anew each day, memory goes on', async () => {
  const { assistant } = assistantSaying(() => JAZZ)
  const moment = momentAt(600)
  assistant.observe({ type: 'delivered', moment, text: TEA })
  assistant.observe({ type: 'rated', moment, rating: scored(4) })
  assistant.startDay(2)
  const { prompt } = await assistant.propose(momentAt(600, { day: 2 }))
  expect(prompt).toContain('last never h0 t0')
  expect(prompt).toContain('; reading yesterday drink tea brief s4 =>')
})

test('silence is remembered but counts as no delivery', async () => {
  const { assistant } = assistantSaying(() => JAZZ)
  assistant.observe({ type: 'delivered', moment: momentAt(600), text: null })
  const { prompt } = await assistant.propose(momentAt(605))
  expect(prompt).toContain('last never h0 t0 ; reading 5min silence =>')
})

test('the night’s checkpoint speaks from the next day on', async () => {
  const { assistant } = assistantSaying(() => JAZZ)
  await assistant.useModel(new ScriptedModel(() => TEA))
  const { candidates } = await assistant.propose(momentAt(600))
  expect(candidates.map(({ text }) => text)).toEqual([TEA, TEA])
})
