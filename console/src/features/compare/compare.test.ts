import { expect, test } from 'vitest'

import type { FileDiff } from '~/api/types'
import { COMPARED_MAX, describe, shownOf } from './kinds'
import { toCompareSearch } from './search'

const file = (more: Partial<FileDiff>): FileDiff => ({
  path: 'a',
  type: 'file',
  status: 'changed',
  size: 5,
  size_before: 4,
  ...more,
})

test('only what is there is read, and only small text', () => {
  expect(shownOf(file({}))).toEqual({ what: 'text', before: true, after: true })
  expect(shownOf(file({ status: 'added' }))).toMatchObject({ before: false, after: true })
  expect(shownOf(file({ status: 'removed' }))).toMatchObject({ before: true, after: false })
  for (const other of [
    { type: 'symlink' as const },
    { lossy: true },
    { size: COMPARED_MAX + 1 },
    { size_before: COMPARED_MAX + 1 },
  ]) {
    expect(shownOf(file(other)).what).toBe('nothing')
  }
})

test('sizes and permissions are told where they differ', () => {
  const say = (more: Partial<FileDiff>) => describe(file(more), size => `${size} B`)
  expect(say({})).toBe('4 B → 5 B')
  expect(say({ size: 4 })).toBe('4 B')
  expect(say({ size: 4, mode: '0755', mode_before: '0644' })).toBe('4 B · 0644 → 0755')
})

test('an address names snapshots, or nothing', () => {
  const id = '01JD4X8QK3M5N7P9R1S3T5V7W9'
  expect(toCompareSearch({ from: id.toLowerCase(), to: id, all: true })).toEqual({
    from: id,
    to: id,
    all: true,
  })
  expect(toCompareSearch({ from: '../x', to: 7, all: 'yes' })).toEqual({})
})
