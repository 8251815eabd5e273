import { expect, test, vi } from 'vitest'

import { deleteApp } from '~/api/actions'
import type { Operation } from '~/api/types'
import { advice } from './advice'
import { bars, stepMs } from './bars'
import { retryOf } from './retry'

vi.mock('~/api/actions', () => ({ deleteApp: vi.fn() }))

const T0 = Date.parse('2026-01-01T00:00:00.000Z')
const at = (ms: number) => new Date(T0 + ms).toISOString()

function operation(more: Partial<Operation>): Operation {
  return {
    id: 'O',
    kind: 'sandbox.start',
    status: 'running',
    progress: null,
    steps: [],
    app_id: 'A',
    sandbox_id: 'S',
    snapshot_id: null,
    task_id: null,
    attempt: 1,
    max_attempts: 3,
    worker: null,
    cancel_requested: false,
    result: null,
    error: null,
    created_at: at(0),
    started_at: at(10),
    finished_at: null,
    queue_ms: 10,
    ...more,
  }
}

test('finished steps keep their duration, a running one grows', () => {
  const done = { name: 'a', status: 'succeeded', started_at: at(10), duration_ms: 40 } as const
  const runs = { name: 'b', status: 'running', started_at: at(50), duration_ms: null } as const
  expect(stepMs(done, T0 + 1_000)).toBe(40)
  expect(stepMs(runs, T0 + 1_000)).toBe(950)
  expect(stepMs(runs, T0)).toBe(0)
})

test('bars lie within the operation, and the smallest can be seen', () => {
  const steps = [
    { name: 'a', status: 'succeeded', started_at: at(50), duration_ms: 0 },
    { name: 'b', status: 'succeeded', started_at: at(50), duration_ms: 50 },
    { name: 'c', status: 'succeeded', started_at: at(200), duration_ms: 10 },
  ] as Operation['steps']
  const [a, b, c] = bars(operation({ steps, finished_at: at(100) }), T0 + 9_999)
  expect(a).toMatchObject({ start: 0.5, width: 0.008 })
  expect(b).toMatchObject({ start: 0.5, width: 0.5 })
  expect((c?.start ?? 9) + (c?.width ?? 9)).toBeLessThanOrEqual(1.000001)
})

test('only what the row says all of can be begun again', () => {
  expect(retryOf(operation({ kind: 'sandbox.start' }))).toBeDefined()
  expect(retryOf(operation({ kind: 'app.restore' }))).toBeUndefined()
  expect(retryOf(operation({ kind: 'app.restore', snapshot_id: 'N' }))).toBeDefined()
  expect(retryOf(operation({ kind: 'snapshot.capture' }))).toBeUndefined()
})

test('an app is deleted again with what was to go with it', () => {
  for (const [delete_snapshots, kept] of [
    [true, 'delete'],
    [false, 'keep'],
    [undefined, 'keep'],
  ] as const) {
    const deletion = {
      kind: 'app.delete' as const,
      ...(delete_snapshots === undefined ? {} : { delete_snapshots }),
    }
    void retryOf(operation(deletion))?.()
    expect(deleteApp).toHaveBeenLastCalledWith('A', kept)
  }
})

test('advice depends on whether it may pass', () => {
  const error = (code: string, retryable: boolean) =>
    advice({ code, retryable, message: '' } as NonNullable<Operation['error']>)
  expect(error('internal', true)).toContain('try again')
  expect(error('internal', false)).toContain('will not help')
  expect(error('capacity', true)).toContain('room')
})
