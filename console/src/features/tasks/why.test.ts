import { expect, test } from 'vitest'

import type { Sandbox } from '~/api/types'
import { whyNoContinue, whyNoSandbox, whyNoTask } from './why'

const sandbox = (status: Sandbox['status'], active_task_id: string | null = null) =>
  ({ id: 'S', status, active_task_id }) as Sandbox

test('a task needs a sandbox, asleep or not, in which no other task is', () => {
  for (const status of ['running', 'stopped', 'starting', 'stopping'] as const) {
    expect(whyNoTask(sandbox(status))).toBeUndefined()
  }
  expect(whyNoTask(undefined)).toContain('no sandbox')
  expect(whyNoTask(sandbox('deleting'))).toContain('deleted')
  expect(whyNoTask(sandbox('error'))).toContain('in error')
  expect(whyNoTask(sandbox('running', 'T'))).toContain('under way')
  expect(whyNoSandbox(sandbox('running', 'T'))).toBeUndefined()
})

test('a conversation goes on where it was held', () => {
  expect(whyNoContinue('S', sandbox('stopped'))).toBeUndefined()
  expect(whyNoContinue('other', sandbox('stopped'))).toContain('gone')
  expect(whyNoContinue('S', undefined)).toContain('no sandbox')
  expect(whyNoContinue('S', sandbox('running', 'T'))).toContain('under way')
})
