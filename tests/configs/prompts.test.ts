import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { AttuneError } from '../../common/error.js'
import { loadPrompts } from '../../configs/prompts.js'

const folder = mkdtempSync(join(tmpdir(), 'attune-prompts-'))
afterAll(() => rmSync(folder, { recursive: true }))

const problemsOf = (): readonly AttuneError[] => {
  try {
    loadPrompts(folder)
    return []
  } catch (error) {
    return (error as AttuneError).details.problems ?? []
  }
}

describe('prompts that ship with attune', () => {
  it('use exactly the variables they have', () => {
    expect(() => loadPrompts(null)).not.toThrow()
  })

  it('put what changes last, so that servers cache the beginning', () => {
    const variables = { persona: 'P', rubric: 'R', memory: 'MEMORY', now: 'NOW', recommendation: 'SAID' }
    const { system, user } = loadPrompts(null).fill('rate-joint', variables)
    expect(system).toContain('P')
    expect(system).not.toMatch(/MEMORY|NOW|SAID/)
    expect(user).toMatch(/MEMORY[^]*NOW[^]*SAID/)
  })
})

describe('prompts of a folder of mine', () => {
  it('take the place of those that ship, the others stay', () => {
    writeFileSync(join(folder, 'repair.md'), 'Wrong: {{problem}}. Once more.')
    const prompts = loadPrompts(folder)
    expect(prompts.fill('repair', { problem: 'no JSON' })).toEqual({
      system: null,
      user: 'Wrong: no JSON. Once more.',
    })
    expect(prompts.hash).not.toBe(loadPrompts(null).hash)
  })

  it('never take a variable out of what they are filled with', () => {
    expect(loadPrompts(folder).fill('repair', { problem: '{{problem}} $& {{x}}' }).user).toBe(
      'Wrong: {{problem}} $& {{x}}. Once more.',
    )
  })

  it('are refused before a run, with every problem, file and line', () => {
    writeFileSync(join(folder, 'repair.md'), 'First line.\nWrong: {{problm}}.')
    writeFileSync(join(folder, 'asistant.md'), 'x')
    expect(problemsOf().map(({ code, details: { line, hint } }) => [code, line, hint])).toEqual([
      ['PROMPT_VARIABLE_UNKNOWN', 2, 'Did you mean {{problem}}?'],
      ['PROMPT_UNKNOWN', undefined, 'Did you mean `assistant.md`?'],
      ['PROMPT_VARIABLE_MISSING', undefined, 'Put {{problem}} where the text belongs.'],
    ])
  })

  it('need a folder that is there', () => {
    expect(() => loadPrompts(join(folder, 'nowhere'))).toThrow(
      expect.objectContaining({ code: 'PROMPTS_MISSING' }) as Error,
    )
  })
})
