import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'

import { followFeed, type News } from './feed'

let server: Server | undefined
const fetchAsIs = globalThis.fetch

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
  globalThis.fetch = fetchAsIs
})

/** A server whose n-th stream is `streams[n]`; tells what each was asked to resume after. */
async function serve(streams: string[], after401 = false): Promise<(string | undefined)[]> {
  const asked: (string | undefined)[] = []
  server = createServer((request, response) => {
    asked.push(request.headers['last-event-id'] as string | undefined)
    const stream = streams[asked.length - 1]
    if (stream === undefined && after401) {
      response.writeHead(401, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ error: { code: 'unauthorized', message: 'no' } }))
      return
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(stream ?? '')
  })
  await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  globalThis.fetch = (url, init) => fetchAsIs(`http://127.0.0.1:${port}${String(url)}`, init)
  return asked
}

const event = (id: string) => `id: ${id}\nevent: app.created\ndata: {"id":"${id}"}\n\n`

test('a stream that ends is resumed after the last event, until the API refuses', async () => {
  const asked = await serve([`: alive\n\n${event('1')}${event('2')}`, event('3')], true)
  const news: News[] = []
  let cursor = '0'
  await followFeed(
    () => cursor,
    one => {
      news.push(one)
      if (one.what === 'event') cursor = one.event.id
    },
    new AbortController().signal,
  )
  expect(asked).toEqual(['0', '2', '3'])
  expect(news.flatMap(one => (one.what === 'event' ? [one.event.id] : []))).toEqual(['1', '2', '3'])
  expect(news.at(-1)).toEqual({ what: 'refused', status: 401 })
})

test('a gap is told', async () => {
  await serve(['event: gap\ndata: {"pruned_through":"1"}\n\n'], true)
  const news: News[] = []
  await followFeed(
    () => '0',
    one => news.push(one),
    new AbortController().signal,
  )
  expect(news).toContainEqual({ what: 'gap' })
})
