import { expect, test } from 'vitest'

import { toUsage } from './usage'

test('what was used is told in words', () => {
  expect(toUsage({ input_tokens: 1_200, output_tokens: 34, cost_usd: 0.05 })).toBe(
    '1.2K tokens in, 34 out, $0.05',
  )
  expect(toUsage({ output_tokens: 34, cost_usd: 0.001 })).toBe('34 out')
})

test('whatever an agent says does no harm', () => {
  for (const usage of [
    null,
    7,
    'x',
    [],
    {},
    { input_tokens: 'x', cost_usd: Number.NaN },
    { output_tokens: -1 },
    { input_tokens: Number.POSITIVE_INFINITY },
  ]) {
    expect(toUsage(usage)).toBeUndefined()
  }
})
