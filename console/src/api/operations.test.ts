import { expect, test } from 'vitest'

import { lookEvery } from './operations'
import type { Operation } from './types'

test('an operation that takes long is looked at less often', () => {
  const begun = Date.parse('2026-01-01T00:00:00.000Z')
  const at = (status: Operation['status'], ms: number) => {
    const started_at = status === 'queued' ? null : new Date(begun).toISOString()
    return lookEvery({ status, started_at } as Operation, begun + ms)
  }
  expect(at('running', 5_000)).toBe(400)
  expect(at('running', 60_000)).toBe(1_500)
  expect(at('queued', 0)).toBe(1_500)
})
