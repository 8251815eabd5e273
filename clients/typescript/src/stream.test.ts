import { expect, test } from 'vitest'

import { ApiError, GapError } from './errors.js'
import { type Answer, cut, event, events, fakeApi, json, refusal } from './fake_api.js'
import { BEGINNING, Sandboxd } from './index.js'

const gone: Answer = response => void response.writeHead(204).end()
const gap = 'event: gap\ndata: {"pruned_through":"6"}\n\n'
const TASK = '/v1/sandboxes/{id}/tasks/{task_id}/events'
const params = { path: { id: 'S', task_id: 'T' } }

/** What comes until the stream ends or `count` are there. */
async function collect<T>(
  stream: AsyncIterable<T>,
  count = Number.POSITIVE_INFINITY,
): Promise<T[]> {
  const all: T[] = []
  if (count === 0) return all
  for await (const one of stream) if (all.push(one) >= count) break
  return all
}

test('a task’s pieces, each once, to their end', async () => {
  const piece = (seq: number) => event(seq, { seq })
  const { url, asked } = await fakeApi(
    events([piece(1), piece(9), ': alive\n\n', 'id: 10\nda'], 'breaks'),
    cut,
    events([piece(9), piece(10)]),
    gone,
  )
  const pieces = await collect(new Sandboxd({ url }).stream(TASK, { params }))
  expect(pieces.map(one => one.seq)).toEqual([1, 9, 10])
  expect(asked.map(one => one.headers['last-event-id'])).toEqual(['0', '9', '9', '10'])
  expect(asked[0]?.headers.accept).toBe('text/event-stream')
  expect(asked[0]?.line).toBe('GET /v1/sandboxes/S/tasks/T/events')
})

test('a timeline begins after its newest event, so that nothing falls in between', async () => {
  const { url, asked } = await fakeApi(
    json(200, { events: [{ id: '5' }] }),
    events([], 'breaks'),
    events([event('6')], 'stays'),
  )
  const query = { app_id: 'A' }
  const seen = await collect(new Sandboxd({ url }).stream('/v1/events', { params: { query } }), 1)
  expect(seen).toEqual([{ id: '6' }])
  expect(asked[0]?.line).toBe('GET /v1/events?app_id=A&limit=1')
  expect(asked.map(one => one.headers['last-event-id'])).toEqual([undefined, '5', '5'])
  expect(asked[1]?.line).toBe('GET /v1/events?app_id=A')
})

test('a gap throws, or is told', async () => {
  const answers = [events([gap, event('7')], 'stays')]
  const { url } = await fakeApi(...answers)
  const stream = new Sandboxd({ url }).stream('/v1/events', { after: '1' })
  const error = await collect(stream).catch(error => error)
  expect(error).toBeInstanceOf(GapError)
  expect(error.prunedThrough).toBe('6')
  const told: string[] = []
  const onGap = (id: string) => told.push(id)
  const goesOn = new Sandboxd({ url }).stream('/v1/events', { after: '1', onGap })
  expect(await collect(goesOn, 1)).toEqual([{ id: '7' }])
  expect(told).toEqual(['6'])
})

test('what was gone before a stream began is no gap of it', async () => {
  const { url, asked } = await fakeApi(
    json(200, { events: [] }),
    events([gap], 'breaks'),
    events([event('7')], 'stays'),
  )
  expect(await collect(new Sandboxd({ url }).stream('/v1/events'), 1)).toEqual([{ id: '7' }])
  expect(asked.map(one => one.headers['last-event-id'])).toEqual([undefined, BEGINNING, '6'])
})

test('a refusal is final', async () => {
  const { url, asked } = await fakeApi(
    events([event('7')], 'breaks'),
    refusal(401, 'unauthorized', {}, false),
  )
  const stream = new Sandboxd({ url }).stream('/v1/events', { after: '1' })
  const error = await collect(stream).catch(error => error)
  expect(error).toBeInstanceOf(ApiError)
  expect(error.code).toBe('unauthorized')
  expect(asked).toHaveLength(2)
})

test('leaving the loop closes the connection', async () => {
  let closed: Promise<unknown> | undefined
  const { url } = await fakeApi((response, request) => {
    closed = new Promise(resolve => request.socket.once('close', resolve))
    events([event('7')], 'stays')(response, request)
  })
  await collect(new Sandboxd({ url }).stream('/v1/events', { after: '1' }), 1)
  await closed
})

test('a signal ends a stream that nothing comes from', async () => {
  const { url } = await fakeApi(events([], 'stays'))
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error('enough')), 50)
  const { signal } = controller
  const stream = new Sandboxd({ url }).stream('/v1/events', { after: '1', signal })
  await expect(collect(stream)).rejects.toThrow('enough')
})
