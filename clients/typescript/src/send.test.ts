import { expect, test } from 'vitest'

import { ApiError, UnreachableError } from './errors.js'
import { cut, fakeApi, json, refusal } from './fake_api.js'
import { Sandboxd } from './index.js'

const APP = { id: 'A', name: 'Shop' }
const create = (client: Sandboxd) => client.POST('/v1/apps', { body: { name: 'Shop' } })

test('a token, a body, the answer', async () => {
  const { url, asked } = await fakeApi(json(201, APP))
  expect(await create(new Sandboxd({ url, token: 't' }))).toEqual(APP)
  expect(asked[0]?.line).toBe('POST /v1/apps')
  expect(asked[0]?.headers.authorization).toBe('Bearer t')
  expect(JSON.parse(asked[0]?.body ?? '')).toEqual({ name: 'Shop' })
})

test('a POST whose answer was lost is sent again with its key', async () => {
  const { url, asked } = await fakeApi(cut, cut, json(201, APP))
  expect(await create(new Sandboxd({ url }))).toEqual(APP)
  const keys = asked.map(one => one.headers['idempotency-key'])
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/)
  expect(keys).toEqual([keys[0], keys[0], keys[0]])
  expect(new Set(asked.map(one => one.body)).size).toBe(1)
  await create(new Sandboxd({ url }))
  expect(asked[3]?.headers['idempotency-key']).not.toBe(keys[0])
})

test('a key of the caller’s own is kept', async () => {
  const { url, asked } = await fakeApi(json(201, APP))
  const header = { 'Idempotency-Key': 'signup-42' }
  await new Sandboxd({ url }).POST('/v1/apps', { body: { name: 'x' }, params: { header } })
  expect(asked[0]?.headers['idempotency-key']).toBe('signup-42')
})

test('an answer that is cut off counts as none', async () => {
  const half: typeof cut = response => {
    response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' })
    response.write('{"id":')
    setTimeout(() => response.destroy(), 20)
  }
  const { url } = await fakeApi(half, json(200, APP))
  const params = { path: { id: 'A' } }
  expect(await new Sandboxd({ url }).GET('/v1/apps/{id}', { params })).toEqual(APP)
})

test('what isn’t safe to repeat is sent once', async () => {
  const { url, asked } = await fakeApi(cut)
  const client = new Sandboxd({ url })
  const params = { path: { id: 'A' } }
  const patch = client.PATCH('/v1/apps/{id}', { params, body: { name: 'x' } })
  await expect(patch).rejects.toThrow(UnreachableError)
  const exec = client.POST('/v1/sandboxes/{id}/exec', { params, body: { cmd: 'make' } })
  await expect(exec).rejects.toThrow(UnreachableError)
  expect(asked).toHaveLength(2)
  expect(asked[1]?.headers['idempotency-key']).toBeUndefined()
})

test('it comes again as late as it is told to', async () => {
  const { url } = await fakeApi(
    refusal(429, 'rate_limited', { 'Retry-After': '1' }),
    json(201, APP),
  )
  const began = Date.now()
  await create(new Sandboxd({ url }))
  expect(Date.now() - began).toBeGreaterThanOrEqual(1_000)
})

test('where that is beyond its patience it tells at once', async () => {
  const { url, asked } = await fakeApi(refusal(503, 'capacity', { 'Retry-After': '120' }))
  const error = await create(new Sandboxd({ url })).catch(error => error)
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ code: 'capacity', retryAfterMs: 120_000, retryable: true })
  expect(asked).toHaveLength(1)
})

test('its patience ends', async () => {
  const { url, asked } = await fakeApi(cut)
  const error = await create(new Sandboxd({ url, patienceMs: 600 })).catch(error => error)
  expect(error).toBeInstanceOf(UnreachableError)
  expect(asked.length).toBeGreaterThan(1)
})

test('an error is told as the API told it', async () => {
  const body = {
    code: 'operation_in_progress',
    message: 'wait for it',
    retryable: true,
    details: { operation_id: 'O' },
  }
  const { url, asked } = await fakeApi(json(409, { error: body }, { 'X-Request-Id': 'R' }))
  const error = await create(new Sandboxd({ url })).catch(error => error)
  expect(error).toBeInstanceOf(ApiError)
  expect(error).toMatchObject({ ...body, status: 409, requestId: 'R', name: 'ApiError' })
  expect(asked).toHaveLength(1)
})

test('a failure that may help to repeat, or not', async () => {
  const { url, asked } = await fakeApi(
    (response): void => void response.writeHead(502).end('<h1>Bad gateway</h1>'),
    refusal(500, 'internal'),
    refusal(503, 'capacity', {}, false),
  )
  const error = await create(new Sandboxd({ url })).catch(error => error)
  expect(error).toMatchObject({ code: 'capacity', retryable: false })
  expect(asked).toHaveLength(3)
})

test('a signal ends it, also while it rests', async () => {
  const { url } = await fakeApi(refusal(429, 'rate_limited', { 'Retry-After': '20' }))
  const signal = AbortSignal.timeout(100)
  const asking = new Sandboxd({ url }).GET('/v1/apps', { signal })
  await expect(asking).rejects.toBe(await asking.catch(() => signal.reason))
})

test('no answer in time', async () => {
  const { url } = await fakeApi(() => {})
  const client = new Sandboxd({ url, timeoutMs: 50, patienceMs: 0 })
  await expect(client.GET('/v1/apps')).rejects.toThrow('no answer within 50 ms')
})

test('bytes are sent as they are', async () => {
  const { url, asked } = await fakeApi(cut, json(201, {}))
  await new Sandboxd({ url }).PUT('/v1/sandboxes/{id}/files/content', {
    params: { path: { id: 'S' }, query: { path: 'a b.txt' } },
    body: 'not "JSON"',
  })
  expect(asked[1]?.line).toBe('PUT /v1/sandboxes/S/files/content?path=a%20b.txt')
  expect(asked[1]?.headers['content-type']).toBe('application/octet-stream')
  expect(asked[1]?.body).toBe('not "JSON"')
})
