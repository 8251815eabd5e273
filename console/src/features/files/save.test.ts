import { expect, test } from 'vitest'

import type { FileEntry } from '~/api/types'
import { isSame, type Place, save } from './save'

const file = (second: number, size = 1): FileEntry => ({
  path: 'a',
  type: 'file',
  size,
  mode: '0644',
  modified_at: `2026-01-01T00:00:0${second}.000Z`,
})

function place(now: FileEntry | undefined): Place & { written: string[] } {
  const written: string[] = []
  return {
    written,
    look: async () => (written.length > 0 ? file(9) : now),
    write: async text => written.push(text),
  }
}

test('what nobody has changed is saved', async () => {
  const there = place(file(1))
  expect(await save(there, file(1), 'new', false)).toEqual({ done: true, entry: file(9) })
  expect(there.written).toEqual(['new'])
})

test('what somebody else has changed, deleted or made is left alone', async () => {
  for (const [known, now] of [
    [file(1), file(2)],
    [file(1), file(1, 2)],
    [file(1), undefined],
    [undefined, file(1)],
  ] as const) {
    const there = place(now)
    expect(await save(there, known, 'new', false)).toEqual({ done: false, now })
    expect(there.written).toEqual([])
  }
})

test('unless it is meant', async () => {
  const there = place(file(2))
  expect((await save(there, file(1), 'new', true)).done).toBe(true)
  expect(there.written).toEqual(['new'])
})

test('permissions are no contents', () => {
  expect(isSame(file(1), { ...file(1), mode: '0755' })).toBe(true)
  expect(isSame(file(1), { ...file(1), type: 'symlink' })).toBe(false)
})
