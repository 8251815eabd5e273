import { expect, test } from 'vitest'

import type { FileEntry } from '~/api/types'
import { ancestors, nameOf, sorted, wrongPath } from './paths'

test('a path has a name and folders', () => {
  expect(nameOf('src/ui/a.ts')).toBe('a.ts')
  expect(nameOf('a.ts')).toBe('a.ts')
  expect(ancestors('src/ui/a.ts')).toEqual(['src', 'src/ui'])
  expect(ancestors('a.ts')).toEqual([])
})

test('folders come first', () => {
  const entry = (path: string, type: FileEntry['type']) => ({ path, type }) as FileEntry
  const all = [entry('b', 'file'), entry('a', 'file'), entry('z', 'directory')]
  expect(sorted(all).map(one => one.path)).toEqual(['z', 'a', 'b'])
})

test('what leads out, or nowhere, is told', () => {
  for (const wrong of ['', ' ', '/etc/passwd', 'a/', '../b', 'a/../b', 'a//b', './a']) {
    expect(wrongPath(wrong), wrong).toBeDefined()
  }
  for (const right of ['a', 'src/a.ts', '.env', 'a b/..c']) {
    expect(wrongPath(right), right).toBeUndefined()
  }
})
