import { expect, test } from 'vitest'

import type { TaskOutput } from '~/api/types'
import { extend, NOTHING } from './output'

let seq = 0
function piece(type: TaskOutput['type'], data: object): TaskOutput {
  seq += 1
  return { seq, type, data: data as TaskOutput['data'], created_at: '2026-01-01T00:00:00.000Z' }
}

test('both ends of a tool’s use are one entry, in the place of its beginning', () => {
  const begun = extend(NOTHING, [
    piece('tool', {
      tool: 'Write',
      call_id: 'c1',
      title: 'a.txt',
      status: 'running',
      input: { a: 1 },
    }),
    piece('tool', { tool: 'Bash', call_id: 'c2', status: 'running' }),
    piece('message', { text: 'meanwhile' }),
  ])
  const ended = extend(begun, [
    piece('tool', { tool: 'tool', call_id: 'c1', status: 'completed', output: 'written' }),
  ])
  expect(begun.entries.map(entry => entry.kind)).toEqual(['tool', 'tool', 'message'])
  expect(ended.entries.map(entry => entry.kind)).toEqual(['tool', 'tool', 'message'])
  expect(ended.entries[0]).toMatchObject({
    seq: begun.entries[0]?.seq,
    tool: {
      name: 'Write',
      title: 'a.txt',
      status: 'completed',
      input: '{\n  "a": 1\n}',
      output: 'written',
    },
  })
  expect(ended.entries[1]).toMatchObject({ tool: { status: 'running' } })
  // What was shown before stays as it was: rows compare by it.
  expect(begun.entries[0]).toMatchObject({ tool: { status: 'running' } })
  expect(ended.entries[1]).toBe(begun.entries[1])
  expect(ended.pieces).toHaveLength(4)
})

test('uses of tools that have no id stand alone', () => {
  const { entries } = extend(NOTHING, [piece('tool', { tool: 'a' }), piece('tool', { tool: 'a' })])
  expect(entries).toHaveLength(2)
})

test('a build that has ended takes the place of its beginning', () => {
  const { entries } = extend(NOTHING, [
    piece('build', { status: 'running', command: ['sh', '-c', 'npm run build'] }),
    piece('build', { status: 'failed', text: 'no such file' }),
    piece('done', { status: 'succeeded', error_message: null }),
  ])
  expect(entries).toHaveLength(2)
  expect(entries[0]).toMatchObject({
    status: 'failed',
    command: 'npm run build',
    text: 'no such file',
  })
  expect(entries[1]).toMatchObject({ kind: 'done', status: 'succeeded', message: undefined })
})

test('whatever a sandbox says is shown as text', () => {
  let deep: unknown = 'x'
  for (let level = 0; level < 50_000; level += 1) deep = [deep]
  const { entries } = extend(NOTHING, [
    piece('message', { text: { not: 'a text' } }),
    piece('message', {}),
    piece('tool', { tool: ['x'], input: deep, call_id: 7 }),
    piece('status', { status: null }),
  ])
  expect(entries[0]).toMatchObject({ text: '{\n  "not": "a text"\n}', raw: false })
  expect(entries[1]).toMatchObject({ text: '' })
  expect(entries[2]).toMatchObject({ tool: { input: '(nested too deeply to be shown)' } })
  expect(entries[3]).toMatchObject({ status: '' })
})

test('a hundred thousand pieces are taken in quickly, however they come', () => {
  const begun = performance.now()
  let output = NOTHING
  for (let round = 0; round < 100; round += 1) {
    output = extend(
      output,
      Array.from({ length: 1_000 }, () => piece('message', { text: 'x', raw: true })),
    )
  }
  expect(output.entries).toHaveLength(100_000)
  expect(performance.now() - begun).toBeLessThan(5_000)
})
