/** For tests: an API on loopback whose answers are a list, and what it was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'

export type Answer = (response: ServerResponse, request: IncomingMessage) => void

export interface Asked {
  line: string
  headers: IncomingMessage['headers']
  body: string
}

/** Answers the n-th request with the n-th answer; the last one is given for ever. */
export async function fakeApi(...answers: Answer[]): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      asked.push({ line: `${request.method} ${request.url}`, headers: request.headers, body })
      const answer = answers[Math.min(asked.length, answers.length) - 1]
      answer?.(response, request)
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

export const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Answer =>
  response => {
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }

export const refusal = (status: number, code: string, headers = {}, retryable = true): Answer =>
  json(status, { error: { code, message: `it is ${code}`, retryable, request_id: 'r' } }, headers)

/** No answer at all. */
export const cut: Answer = response => response.destroy()

/** A stream of these blocks, then its end; or the connection is cut, or stays open. */
export const events =
  (blocks: string[], end: 'ends' | 'breaks' | 'stays' = 'ends'): Answer =>
  response => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    response.write(blocks.join(''))
    if (end === 'ends') response.end()
    if (end === 'breaks') setTimeout(() => response.destroy(), 20)
  }

export const event = (id: string | number, data: object = { id }): string =>
  `id: ${id}\nevent: x\ndata: ${JSON.stringify(data)}\n\n`
