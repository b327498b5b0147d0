import { expect, test } from 'vitest'
import { AttuneError } from '../../common/error.js'
import { loadPrompts } from '../../configs/prompts.js'
import { type Script, ScriptedModel } from '../../models/scripted.js'
import { ModelSummariser } from '../../models/summariser.js'

const prompts = loadPrompts(null)

const HOUR = { hour: 'monday, 09:00 to 10:00', events: '09:10 reading: said nothing' }
const request = { ...HOUR, address: [1, 'ada', 2, 'summary', 9, 10], fallback: 'by rule' }

function summariser(script: Script) {
  const model = new ScriptedModel(script)
  return { model, writer: new ModelSummariser({ model, prompts }) }
}

test('an hour and four hours are written from their lines, with what is constant first', async () => {
  const { model, writer } = summariser(['She read.', 'A quiet morning.'])
  expect(await writer.hour(request)).toBe('She read.')
  const { address, fallback } = request
  expect(await writer.hours({ hours: 'monday, 08:00 to 12:00', summaries: 'a\nb', address, fallback })).toBe(
    'A quiet morning.',
  )
  const [hour, hours] = model.requests
  expect(hour!.messages.map(({ role }) => role)).toEqual(['system', 'user'])
  expect(hour!.messages[1]!.content).toBe(`${HOUR.hour}\n\n${HOUR.events}`)
  expect(hours!.messages[1]!.content).toBe('monday, 08:00 to 12:00\n\na\nb')
  expect(hour!.address).toEqual(address)
  expect(writer.failures).toBe(0)
})

test('a reply is put on one line, without control characters, and cut where it does not end', async () => {
  const { writer } = summariser([` She\u0000 read.\n\nThen\tslept. `, 'x'.repeat(100_000)])
  expect(await writer.hour(request)).toBe('She read. Then slept.')
  expect((await writer.hour(request)).length).toBeLessThan(1000)
})

test('an empty reply and a model that fails give the text by rule, and are counted', async () => {
  const { writer } = summariser([' \n'])
  expect(await writer.hour(request)).toBe('by rule')
  // the script is at its end
  expect(await writer.hour(request)).toBe('by rule')
  expect(writer.failures).toBe(2)
})

test('an abort and an error that is not the model’s are passed on', async () => {
  const spent = new AttuneError('SPENT', 'usage', 'enough')
  const { writer } = summariser(() => Promise.reject(spent))
  await expect(writer.hour(request)).rejects.toBe(spent)
  const signal = AbortSignal.abort(new Error('stop'))
  await expect(writer.hour(request, { signal })).rejects.toThrow('stop')
  expect(writer.failures).toBe(0)
})
