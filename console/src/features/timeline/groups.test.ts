import { expect, test } from 'vitest'

import type { TimelineEvent } from '~/api/types'
import { groupEvents, spanMs } from './groups'

function event(id: string, more: Partial<TimelineEvent> = {}): TimelineEvent {
  const created_at = `2026-01-01T00:00:0${id}.000Z`
  return { id, type: 'x', severity: 'info', message: '', payload: {}, created_at, ...more }
}

test('events of one operation stand together, others alone', () => {
  const groups = groupEvents([
    event('5', { operation_id: 'B' }),
    event('4', { operation_id: 'A' }),
    event('3', { operation_id: 'A' }),
    event('2'),
    event('1'),
  ])
  expect(groups.map(group => group.events.map(one => one.id))).toEqual([
    ['5'],
    ['4', '3'],
    ['2'],
    ['1'],
  ])
})

test('a task holds its operations together', () => {
  const groups = groupEvents([
    event('3', { task_id: 'T', operation_id: 'A' }),
    event('2', { task_id: 'T', operation_id: 'B' }),
    event('1', { operation_id: 'B' }),
  ])
  expect(groups.map(group => group.events.length)).toEqual([2, 1])
})

test('a group keeps its key when a newer event comes', () => {
  const old = [event('2', { operation_id: 'A' }), event('1', { operation_id: 'A' })]
  const more = [event('3', { operation_id: 'A' }), ...old]
  expect(groupEvents(more)[0]?.key).toBe(groupEvents(old)[0]?.key)
})

test('a span is from the oldest to the newest', () => {
  const [group] = groupEvents([
    event('4', { operation_id: 'A' }),
    event('1', { operation_id: 'A' }),
  ])
  expect(group && spanMs(group)).toBe(3_000)
  const [alone] = groupEvents([event('1')])
  expect(alone && spanMs(alone)).toBeUndefined()
})
