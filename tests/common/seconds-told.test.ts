import { expect, it } from 'vitest'
import { secondsTold } from '../../common/seconds-told.js'

it.each([
  [{ 'retry-after': '7' }, 7],
  [{ ratelimit: '"api";r=0;t=55', 'ratelimit-policy': '"fixed window";"api";q=500;w=300' }, 55],
  [{ ratelimit: '"api";r=480;t=55' }, 0],
  [{ 'retry-after': 'soon' }, 0],
  [{}, 0],
])('a refused request with %o waits %i seconds', (headers, seconds) => {
  expect(secondsTold(new Headers(headers))).toBe(seconds)
})
