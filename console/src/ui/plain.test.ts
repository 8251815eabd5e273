import { expect, test } from 'vitest'

import { firstLine, plainText } from './plain'

test('escapes and controls of terminals are left out, lines are kept', () => {
  expect(plainText('\u001b[1;32mready\u001b[0m in\t5 ms\r\n\u0007next\u0000')).toBe(
    'ready in\t5 ms\nnext',
  )
  expect(plainText('\u001b]0;title\u0007a\u001b]8;;http://x\u001b\\link')).toBe('alink')
})

test('of a progress bar only what it shows last is left', () => {
  expect(plainText('get\n10%\r100%\ndone')).toBe('get\n100%\ndone')
})

test('the first line is one that says something', () => {
  expect(firstLine('\n  Make it blue \nand green')).toBe('Make it blue')
  expect(firstLine('')).toBe('')
})
