import { expect, test } from 'vitest'

import { formatAgo, formatBytes, formatDuration, formatName } from './format'

test.each([
  [-3, '0 ms'],
  [0, '0 ms'],
  [849.6, '850 ms'],
  [999, '999 ms'],
  [1_000, '1.0 s'],
  [4_249, '4.2 s'],
  [59_949, '59.9 s'],
  [59_950, '1 m 00 s'],
  [65_000, '1 m 05 s'],
  [7_380_000, '2 h 03 m'],
])('%d ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text)
})

test.each([
  [0, '0 B'],
  [1_023, '1023 B'],
  [1_024, '1.0 KiB'],
  [150 * 1_024, '150 KiB'],
  [1.5 * 1_024 ** 3, '1.5 GiB'],
  [2_000 * 1_024 ** 4, '2000 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text)
})

test('a time is told by its distance', () => {
  const now = Date.parse('2026-01-01T12:00:00Z')
  expect(formatAgo(now - 4_000, now)).toBe('just now')
  expect(formatAgo(now + 1_000, now)).toBe('just now')
  expect(formatAgo(now - 50_000, now)).toBe('50 sec. ago')
  expect(formatAgo(now - 119_000, now)).toBe('1 min. ago')
  expect(formatAgo(now - 90_000_000, now)).toBe('1 day ago')
})

test('names of steps are words', () => {
  expect(formatName('start_container')).toBe('Start container')
  expect(formatName('app.fork')).toBe('App fork')
})
