import { expect, test } from 'vitest'

import { appendText } from './append'

test('colours of terminals are left out', () => {
  expect(appendText('', '\u001b[32mready\u001b[0m in 5 ms')).toBe('ready in 5 ms')
})

test('the beginning goes by whole lines', () => {
  expect(appendText('one\ntwo\n', 'three\n', 11)).toBe('two\nthree\n')
  expect(appendText('one\n', 'two\n', 8)).toBe('one\ntwo\n')
})
