import { expect, test } from 'vitest'

import { OperationError } from './errors.js'
import { cut, fakeApi, json } from './fake_api.js'
import { type Operation, Sandboxd } from './index.js'

const running = { id: 'O', kind: 'app.fork', status: 'running', attempt: 1, finished_at: null }
const step = (done: number) => ({ ...running, progress: { step: 's', done, total: 3 }, steps: [] })
const succeeded = { ...running, status: 'succeeded', finished_at: 'now', result: { children: [] } }

test('it asks until the end, whatever breaks', async () => {
  const { url, asked } = await fakeApi(
    json(202, running),
    cut,
    json(200, running),
    json(200, succeeded),
  )
  const client = new Sandboxd({ url })
  const params = { path: { id: 'A' } }
  const forking = client.POST('/v1/apps/{id}/fork', { params, body: { snapshot_id: 'S' } })
  expect(await client.wait(forking)).toEqual({ children: [] })
  expect(asked.slice(1).map(one => one.line)).toEqual(
    Array(3).fill('GET /v1/operations/O?wait=30s'),
  )
})

test('progress is told when there is some', async () => {
  const { url, asked } = await fakeApi(
    ...[1, 1, 2].map(n => json(200, step(n))),
    json(200, succeeded),
  )
  const told: (number | undefined)[] = []
  await new Sandboxd({ url }).wait('O', {
    onProgress: operation => told.push(operation.progress?.done),
  })
  expect(told).toEqual([1, 2, undefined])
  expect(asked[0]?.line).toBe('GET /v1/operations/O?wait=1s')
})

test('a failed one throws why, a cancelled one that it was', async () => {
  const error = { code: 'capacity', message: 'no memory', retryable: true, details: { free: 1 } }
  const failed = { ...running, status: 'failed', finished_at: 'now', error }
  const { url } = await fakeApi(
    json(200, failed),
    json(200, { ...failed, status: 'cancelled', error: null }),
  )
  const client = new Sandboxd({ url })
  const thrown = await client.wait('O').catch(error => error)
  expect(thrown).toBeInstanceOf(OperationError)
  expect(thrown).toMatchObject({ code: 'capacity', details: { free: 1 }, operation: failed })
  expect(thrown.message).toBe('app.fork failed: no memory')
  expect(await client.wait('O').catch(error => error)).toMatchObject({ code: 'cancelled' })
})

test('one that has ended isn’t asked for', async () => {
  const { url, asked } = await fakeApi(cut)
  await new Sandboxd({ url }).wait(succeeded as unknown as Operation)
  expect(asked).toHaveLength(0)
})

test('a signal gives it up', async () => {
  const { url } = await fakeApi(() => {})
  const controller = new AbortController()
  setTimeout(() => controller.abort(new Error('enough')), 50)
  const waiting = new Sandboxd({ url }).wait('O', { signal: controller.signal })
  await expect(waiting).rejects.toThrow('enough')
})
