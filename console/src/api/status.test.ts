import { expect, test } from 'vitest'

import { whyAppBusy, whyBusy, whyTaskRuns } from './status'
import type { App, Sandbox } from './types'

const sandbox = (more: Partial<Sandbox> = {}) =>
  ({ status: 'running', active_operation_id: null, active_task_id: null, ...more }) as Sandbox
const app = (more: Partial<App> = {}) => ({ current_sandbox_id: 'S', ...more }) as App

test('an app is busy while an operation or a task has it', () => {
  expect(whyAppBusy(app(), sandbox())).toBeUndefined()
  expect(whyAppBusy(app(), sandbox({ status: 'starting' }))).toContain('starting')
  expect(whyAppBusy(app(), sandbox({ active_operation_id: 'O' }))).toContain('operation')
  expect(whyAppBusy(app(), sandbox({ active_task_id: 'T' }))).toContain('task')
  expect(whyAppBusy(app({ active_operation_id: 'O' }), sandbox())).toContain('operation')
  expect(whyAppBusy(app(), undefined)).toContain('looked up')
  expect(whyAppBusy(app({ current_sandbox_id: null }), undefined)).toBeUndefined()
})

test('a task does not hinder what goes on beside it, such as a live capture', () => {
  expect(whyBusy(sandbox({ active_task_id: 'T' }))).toBeUndefined()
  expect(whyTaskRuns(sandbox({ active_task_id: 'T' }))).toBeDefined()
  expect(whyTaskRuns(undefined)).toBeUndefined()
})
