import { afterEach, expect, test, vi } from 'vitest'

import { observeDate, serverNow } from './clock'

afterEach(() => {
  vi.useRealTimers()
  observeDate(new Date().toUTCString())
})

test('a clock that is far off is corrected by what answers say', () => {
  vi.useFakeTimers({ now: Date.parse('2026-01-01T12:00:00Z') })
  observeDate('Thu, 01 Jan 2026 11:00:00 GMT')
  expect(serverNow()).toBe(Date.parse('2026-01-01T11:00:00.500Z'))
})

test('less than two seconds may be rounding and is left alone', () => {
  vi.useFakeTimers({ now: Date.parse('2026-01-01T12:00:00Z') })
  observeDate('Thu, 01 Jan 2026 11:59:59 GMT')
  expect(serverNow()).toBe(Date.now())
  observeDate('nonsense')
  expect(serverNow()).toBe(Date.now())
})
