import { expect, test } from 'vitest'

import type { Task } from '~/api/types'
import { advice } from './advice'

const failed = (failure_reason: Task['failure_reason'], error_message: string | null = null) =>
  advice({ failure_reason, error_message } as Task)

test('each failure says what can be done', () => {
  expect(failed('agent_timeout')).toContain('more time')
  expect(failed('agent_error', 'the config has no ANTHROPIC_API_KEY')).toContain('config')
  expect(failed('agent_error', 'API error: 401')).toContain('config')
  expect(failed('agent_error', 'was killed, maybe for lack of memory')).toContain('memory')
  expect(failed('agent_error', 'isn’t in this sandbox’s image')).toContain('image')
  expect(failed('agent_error', 'exit code 4')).toContain('log')
  expect(failed('sandbox_unavailable')).toContain('Start')
  expect(failed('internal')).toContain('again')
})

test('what was not wrong needs no advice', () => {
  expect(failed(null)).toBeUndefined()
  expect(failed('cancelled')).toBeUndefined()
})
