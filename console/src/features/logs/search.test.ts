import { expect, test } from 'vitest'

import { linesOf, matching, pieces } from './search'

test('a text has lines', () => {
  expect(linesOf('a\nb\r\n\nc')).toEqual(['a', 'b', '', 'c'])
  expect(linesOf('a\n')).toEqual(['a'])
  expect(linesOf('')).toEqual([])
})

test('every second piece is what was looked for', () => {
  expect(pieces('Error: an error', 'error')).toEqual(['', 'Error', ': an ', 'error', ''])
  expect(pieces('nothing', 'error')).toEqual(['nothing'])
  expect(pieces('a.c', '.')).toEqual(['a', '.', 'c'])
  expect(pieces('İ error', 'error')).toEqual(['İ error'])
})

test('lines are found by what they have', () => {
  expect(matching(['one', 'two', 'ONE'], 'one')).toEqual([0, 2])
  expect(matching(['one'], '')).toEqual([])
})
