import { expect, test } from 'vitest'

import type { PreviewToken } from '~/api/types'
import { stateOf } from './link_state'

const link = { expires_at: '2026-01-01T00:00:10.000Z', revoked_at: null } as PreviewToken
const at = (second: number) => Date.parse('2026-01-01T00:00:00.000Z') + second * 1_000

test('a link opens until it ends, or is revoked', () => {
  expect(stateOf(link, at(9))).toBe('open')
  expect(stateOf(link, at(10))).toBe('expired')
  expect(stateOf({ ...link, revoked_at: '2026-01-01T00:00:01.000Z' }, at(2))).toBe('revoked')
})
