import { expect, test } from 'vitest'

import type { ForkedChild, Operation, Task } from '~/api/types'
import { type Child, present, progressOf, promptOf, whyNotAdopted } from './children'

const child = (status?: Task['status'], app = true): ForkedChild =>
  ({
    ...(app ? { app: { id: 'A' } } : {}),
    ...(status === undefined ? {} : { task: { status, prompt: 'Tea' } }),
  }) as ForkedChild

const exploration = (status: Operation['status'], children: ForkedChild[]) =>
  ({ status, result: { children } }) as unknown as Operation

test('children are there once they were made, and until they are deleted', () => {
  const begun = exploration('running', [child(undefined, false), child(undefined, false)])
  expect(present(begun)).toEqual([])
  expect(promptOf(begun)).toBeUndefined()
  const ended = exploration('succeeded', [child('succeeded'), child('failed', false)])
  expect(present(ended)).toHaveLength(1)
  expect(promptOf(ended)).toBe('Tea')
  expect(present({ status: 'failed', result: null } as Operation)).toEqual([])
})

test('how far it is', () => {
  expect(progressOf(exploration('running', [child(), child()]))).toBe('making the children')
  expect(progressOf(exploration('running', [child('failed'), child('running')]))).toBe(
    '1 of 2 done',
  )
  expect(progressOf(exploration('succeeded', [child('failed'), child('succeeded')]))).toBe(
    '1 of 2 succeeded',
  )
})

test('only a quiet child is adopted', () => {
  const one = (task: Task['status'], active: string | null = null) =>
    ({ app: {}, sandbox: { active_task_id: active }, task: { status: task } }) as unknown as Child
  expect(whyNotAdopted(one('succeeded'))).toBeUndefined()
  expect(whyNotAdopted(one('failed'))).toBeUndefined()
  expect(whyNotAdopted(one('running'))).toContain('at work')
  expect(whyNotAdopted(one('succeeded', 'T'))).toContain('under way')
  expect(whyNotAdopted({ ...one('succeeded'), sandbox: undefined })).toContain('no sandbox')
})
