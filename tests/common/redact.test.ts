import { describe, expect, test } from 'vitest'
import { AttuneError } from '../../common/error.js'
import { errorToJson } from '../../common/error-to-json.js'
import { formatError } from '../../common/format-error.js'
import { redact } from '../../common/redact.js'

const SECRETS = [
  'hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567',
  'hf_abc123',
  'sk-proj-abcDEF_123-456789',
  'tgp_v1_abcdefghijk',
  'ghp_abcdefghijklmnop',
]

describe('a secret is taken out', () => {
  test.each(SECRETS)('%s', (secret) => {
    expect(redact(`401 for ${secret}, sorry`)).not.toContain(secret)
    expect(redact(`{"Authorization":"Bearer ${secret}"}`)).not.toContain(secret)
  })

  test('from headers, parameters and addresses whatever it looks like', () => {
    expect(redact('Authorization: Bearer abc.def-ghi')).toBe('Authorization: Bearer [hidden]')
    expect(redact('authorization: opaque99')).toBe('authorization: [hidden]')
    expect(redact('https://x.io/v1?api_key=abcdef12&n=3')).toBe('https://x.io/v1?api_key=[hidden]&n=3')
    expect(redact('https://ada:lovelace@x.io/v1')).toBe('https://[hidden]@x.io/v1')
    expect(redact('HF_TOKEN=abcdefgh')).not.toContain('abcdefgh')
  })
})

test('ordinary words stay', () => {
  for (const text of [
    'hf_transfer and hf_hub_download are off',
    'a risk-averse, task-oriented ask-anything user',
    'maxTokens=24, token 17 of 24; bearer of bad news',
    'https://huggingface.co/api/models?limit=20',
    'key trainer.beta: expected number above 0',
  ]) {
    expect(redact(text)).toBe(text)
  }
})

test('no way of printing an error shows a secret that was put into it', () => {
  for (const secret of SECRETS) {
    const inner = new AttuneError('INNER', 'model', `with ${secret}`, {
      key: `x.${secret}`,
      hint: `use ${secret}`,
    })
    const error = new AttuneError('OUTER', 'model', `token ${secret}`, {
      file: `/home/${secret}/a`,
      hint: `not ${secret}`,
      cause: new Error(`cause ${secret}`),
      problems: [inner],
    })
    const printed = [
      error.message,
      formatError(error),
      JSON.stringify(errorToJson(error)),
      JSON.stringify(error),
    ]
    expect(printed.join('\n')).not.toContain(secret)
    expect(formatError(new Error(`plain ${secret}`))).not.toContain(secret)
    expect(JSON.stringify(errorToJson(secret))).not.toContain(secret)
  }
})
