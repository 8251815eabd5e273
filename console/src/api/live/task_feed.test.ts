import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'

import { followTask, type Heard } from './task_feed'

let server: Server | undefined
const fetchAsIs = globalThis.fetch

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  globalThis.fetch = fetchAsIs
})

type Answer = string | number

/** A server whose n-th answer is `answers[n]`: a stream, or a status. Tells after what each began. */
async function serve(answers: Answer[]): Promise<(string | undefined)[]> {
  const asked: (string | undefined)[] = []
  server = createServer((request, response) => {
    const answer = answers[asked.length]
    asked.push(request.headers['last-event-id'] as string | undefined)
    if (typeof answer === 'string') {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end(answer)
    } else if (answer === 204) {
      response.writeHead(204).end()
    } else {
      response.writeHead(answer ?? 500, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { code: 'internal', message: 'no' } }))
    }
  })
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  globalThis.fetch = (url, init) => fetchAsIs(`http://127.0.0.1:${port}${String(url)}`, init)
  return asked
}

const piece = (seq: number, type = 'message') =>
  `id: ${seq}\nevent: ${type}\ndata: ${JSON.stringify({ seq, type, data: {}, created_at: '' })}\n\n`

async function follow(after = 0): Promise<Heard[]> {
  const heard: Heard[] = []
  const { signal } = new AbortController()
  await followTask({ sandbox: 'S', task: 'T', after, tell: one => heard.push(one), signal })
  return heard
}

const seqs = (heard: Heard[]) => heard.flatMap(one => one.pieces.map(({ seq }) => seq))

test('a stream that is cut off is gone on with, without gap or repeat, until done', async () => {
  const asked = await serve([`: alive\n\n${piece(1)}${piece(2)}`, 500, piece(2) + piece(3, 'done')])
  const heard = await follow()
  expect(asked).toEqual([undefined, '2', '2'])
  expect(seqs(heard)).toEqual([1, 2, 3])
  expect(heard.some(one => one.problem?.status === 500)).toBe(true)
  expect(heard.at(-1)).toEqual({ pieces: [], problem: null, over: true })
  expect(heard.slice(0, 2).every(one => !one.over)).toBe(true)
})

test('one who has heard everything is told that it is over', async () => {
  const asked = await serve([204])
  expect(await follow(7)).toEqual([{ pieces: [], problem: null, over: true }])
  expect(asked).toEqual(['7'])
})

test('a task that is not there is asked for once', async () => {
  const asked = await serve([404])
  const heard = await follow()
  expect(asked).toHaveLength(1)
  expect(heard).toHaveLength(1)
  expect(heard[0]).toMatchObject({ problem: { status: 404 }, over: false })
})

test('a burst is told at once', async () => {
  const burst = Array.from({ length: 500 }, (_, index) => piece(index + 1)).join('')
  await serve([burst + piece(501, 'done')])
  const heard = await follow()
  expect(seqs(heard)).toHaveLength(501)
  expect(heard.length).toBeLessThan(10)
})
