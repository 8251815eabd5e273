import { expect, test } from 'vitest'

import { ulidAt } from './ulid'

test('it is the smallest id of its millisecond', () => {
  // From the specification's own example: 01ARZ3NDEK is 1469922850259.
  expect(ulidAt(1469922850259)).toBe('01ARZ3NDEK0000000000000000')
  expect(ulidAt(1469922850259) < '01ARZ3NDEKTSV4RRFFQ69G5FAV').toBe(true)
  expect(ulidAt(1469922850260) > '01ARZ3NDEKTSV4RRFFQ69G5FAV').toBe(true)
  expect(ulidAt(-5)).toHaveLength(26)
})
