import { expect, test } from 'vitest'

import { ending } from './terminal'

test('a shell that ended says how; a connection that broke does not', () => {
  expect(ending('{"exit_code":3,"signal":null}', true)).toEqual({ what: 'ended', code: 3 })
  expect(ending('{"exit_code":null,"signal":9}', true)).toEqual({ what: 'ended', code: undefined })
  for (const other of ['', 'null', '7', '{"code":3}', 'the session has ended']) {
    expect(ending(other, false)).toEqual({ what: 'lost', opened: false })
  }
})
