import { expect, it } from 'vitest'
import { endpoint } from '../../configs/run/endpoint.js'

const problemsOf = (changes: object): string[] => {
  const { error } = endpoint.safeParse({
    model: 'org/base',
    url: 'https://x.endpoints.huggingface.cloud/v1',
    adapters: 'hf-endpoint',
    endpoint: { namespace: 'me', name: 'nights' },
    ...changes,
  })
  return error?.issues.map(({ path }) => path.join('.')) ?? []
}

it.each([
  [{}, []],
  [{ endpoint: null }, ['endpoint']],
  [{ adapters: 'vllm' }, ['endpoint']],
  [{ url: null }, ['adapters']],
  [{ model: 'base' }, ['model']],
  [{ endpoint: { namespace: 'me', name: 'a/b' } }, ['endpoint.name']],
  [{ endpoint: { namespace: '..', name: 'a' } }, ['endpoint.namespace']],
  [{ endpoint: { namespace: 'me', name: 'a', repository: 'org/base' } }, ['endpoint.repository']],
  [{ endpoint: { namespace: 'me', name: 'a', revision: 'main' } }, ['endpoint.revision']],
])('an entry for an Inference Endpoint with %j has problems with %j', (changes, problems) => {
  expect(problemsOf(changes)).toEqual(problems)
})
