import { expect, test } from 'vitest'

import { toText } from './text'

const read = (text: string) => toText(new TextEncoder().encode(text).buffer as ArrayBuffer)

test('only text is text', () => {
  expect(toText(new Uint8Array([0x89, 0x50, 0, 1]).buffer)).toBeUndefined()
  expect(toText(new Uint8Array([0xff, 0xfe, 0x41]).buffer)).toBeUndefined()
  expect(toText(new ArrayBuffer(0))).toEqual({ text: '', lineBreak: '\n' })
  expect(read('\ufeffä\n')?.text).toBe('\ufeffä\n')
})

test('lines end in one way, or keep what they have', () => {
  expect(read('a\r\nb\r\n')?.lineBreak).toBe('\r\n')
  expect(read('a\r\nb\n')?.lineBreak).toBe('\n')
  expect(read('a\rb\r\n')?.lineBreak).toBe('\n')
  expect(read('a')?.lineBreak).toBe('\n')
})
