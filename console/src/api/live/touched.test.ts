import { expect, test } from 'vitest'

import { keys } from '../keys'
import type { TimelineEvent } from '../types'
import { touched } from './touched'

const event = (type: string): TimelineEvent => ({
  id: '1',
  type,
  severity: 'info',
  message: '',
  payload: {},
  created_at: '2026-01-01T00:00:00.000Z',
  app_id: 'A',
  sandbox_id: 'S',
})

test('files are looked at again after what writes them, and only then', () => {
  for (const type of ['snapshot.restored', 'task.completed', 'sandbox.started']) {
    expect(touched(event(type)), type).toContainEqual(keys.files('S'))
  }
  for (const type of ['snapshot.captured', 'task.started', 'preview.health.ok']) {
    expect(touched(event(type)), type).not.toContainEqual(keys.files('S'))
  }
})
