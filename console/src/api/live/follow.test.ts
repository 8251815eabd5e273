import { expect, test } from 'vitest'

import { matches } from '../filters'
import type { TimelineEvent } from '../types'
import { withEvent } from './follow'
import { touched } from './touched'

function event(id: string, more: Partial<TimelineEvent> = {}): TimelineEvent {
  return {
    id,
    type: 'snapshot.captured',
    severity: 'info',
    message: '',
    payload: {},
    created_at: '2026-01-01T00:00:00.000Z',
    ...more,
  }
}

const ids = (data: ReturnType<typeof withEvent>) =>
  data?.pages.map(page => page.events.map(one => one.id))

test('a live event goes to the top, once', () => {
  const data = { pages: [{ events: [event('2')] }, { events: [event('1')] }], pageParams: [] }
  const more = withEvent(data, event('3'))
  expect(ids(more)).toEqual([['3', '2'], ['1']])
  expect(withEvent(more, event('3'))).toBe(more)
  expect(withEvent(more, event('1'))).toBe(more)
})

test('one that was overtaken finds its place', () => {
  const data = { pages: [{ events: [event('5'), event('3')] }], pageParams: [] }
  expect(ids(withEvent(data, event('4')))).toEqual([['5', '4', '3']])
})

test('nothing is added to a timeline that has not loaded', () => {
  expect(withEvent(undefined, event('1'))).toBeUndefined()
})

test('a narrowed timeline takes only what belongs there', () => {
  const one = event('1', { app_id: 'A', operation_id: 'O' })
  expect(matches(one, {})).toBe(true)
  expect(matches(one, { app_id: 'A', type: 'task.*,snapshot.*' })).toBe(true)
  expect(matches(one, { type: 'snapshot.captured' })).toBe(true)
  expect(matches(one, { type: 'snapshot' })).toBe(false)
  expect(matches(one, { app_id: 'B' })).toBe(false)
  expect(matches(one, { severity: 'error' })).toBe(false)
  expect(matches(event('1'), { operation_id: 'O' })).toBe(false)
})

test('an event touches what it tells of and nothing else', () => {
  const captured = event('1', { app_id: 'A', sandbox_id: 'S', operation_id: 'O' })
  expect(touched(captured)).toEqual([
    ['sandbox', 'S'],
    ['operation', 'O'],
    ['operations'],
    ['queues'],
    ['workers'],
    ['app', 'A'],
    ['snapshots', 'A'],
  ])
  expect(touched(event('1', { type: 'config.updated', app_id: 'A' }))).toEqual([
    ['config', 'A'],
    ['agents', 'A'],
  ])
  const task = touched(event('1', { type: 'task.started', app_id: 'A', task_id: 'T' }))
  expect(task).toEqual([
    ['snapshots', 'A'],
    ['task', 'T'],
    ['tasks', 'A'],
  ])
  expect(touched(event('1', { type: 'app.created', app_id: 'A' }))).toEqual([
    ['app', 'A'],
    ['apps'],
  ])
})
