import { expect, test } from 'vitest'

import type { FileEntry } from '~/api/types'
import { ancestors, nameOf, pathIn, sorted, wrongPath, wrongUpload } from './paths'

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

test('what can’t be uploaded is told before', () => {
  const there = [
    { path: 'src/ui', type: 'directory' },
    { path: 'src/a.ts', type: 'file' },
  ] as FileEntry[]
  const wrong = (name: string, size: number) => wrongUpload([{ name, size }], there, 'src', 100)
  expect(pathIn('', 'a')).toBe('a')
  expect(wrong('a.ts', 100)).toBeUndefined()
  expect(wrong('b.ts', 101)).toContain('too large')
  expect(wrong('ui', 1)).toContain('isn’t a file')
  expect(wrongUpload([], there, 'src', 100)).toBeUndefined()
})
