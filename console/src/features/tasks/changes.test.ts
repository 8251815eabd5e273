import { expect, test } from 'vitest'
import { Problem } from '~/api/problem'
import type { SnapshotDiff, Task } from '~/api/types'
import { toChanges } from './changes'
import { laterOnes, whyNoUndo } from './undo'

const diff = (files: SnapshotDiff['files'], truncated = false): SnapshotDiff => ({
  snapshot_id: 'B',
  against: 'A',
  added: files.filter(file => file.status === 'added').length,
  changed: files.filter(file => file.status === 'changed').length,
  removed: files.filter(file => file.status === 'removed').length,
  truncated,
  files,
})

const file = (path: string, status: SnapshotDiff['files'][number]['status']) =>
  ({ path, status, type: 'file' }) as SnapshotDiff['files'][number]

test('names are known before it is known how they changed', () => {
  expect(toChanges(['a', 'b'], undefined)).toEqual({
    changes: [
      { path: 'a', status: undefined },
      { path: 'b', status: undefined },
    ],
    counts: undefined,
    more: false,
  })
  expect(toChanges(Array(1_000).fill('x'), undefined).more).toBe(true)
})

test('the checkpoints say how they changed', () => {
  const { changes, counts, more } = toChanges(
    ['a', 'b'],
    diff([file('a', 'added'), file('b', 'removed'), file('c', 'added')], true),
  )
  expect(changes.map(change => change.status)).toEqual(['added', 'removed', 'added'])
  expect(counts).toBe('2 added, 1 removed')
  expect(more).toBe(true)
  expect(toChanges(['a'], diff([])).counts).toBeUndefined()
})

const task = (id: string, more: Partial<Task> = {}) =>
  ({ id, started_at: '2026-01-01T00:00:00.000Z', checkpoint_before: 'C', ...more }) as Task

test('an undo needs a checkpoint that is there', () => {
  const ready = { status: 'ready' } as Parameters<typeof whyNoUndo>[1]
  expect(whyNoUndo(task('1'), ready, null)).toBeUndefined()
  expect(whyNoUndo(task('1', { checkpoint_before: null }), undefined, null)).toContain('captured')
  const gone = new Problem(404, { error: { code: 'not_found', message: '' } })
  expect(whyNoUndo(task('1'), undefined, gone)).toContain('gone')
  expect(whyNoUndo(task('1'), undefined, null)).toContain('looked up')
  const failed = { status: 'failed' } as Parameters<typeof whyNoUndo>[1]
  expect(whyNoUndo(task('1'), failed, null)).toContain('failed')
})

test('an undo takes later tasks back that did something', () => {
  const all = [task('1'), task('2'), task('3'), task('4', { started_at: null })]
  expect(laterOnes(task('1'), all)).toBe(2)
  expect(laterOnes(task('3'), all)).toBe(0)
})
