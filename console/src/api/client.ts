/** The one client of the API: the session's CSRF token, idempotency, and failures as `Problem`s. */
import createClient from 'openapi-fetch'

import { observeDate } from './clock'
import { Problem } from './problem'
import type { paths } from './schema'

let csrf: string | undefined
let onSignedOut: () => void = () => {}

/** What writes repeat; kept in memory only. */
export function setCsrfToken(token: string | undefined): void {
  csrf = token
}

/** Told when the API lets this browser in no longer. */
export function whenSignedOut(tell: () => void): void {
  onSignedOut = tell
}

/** The headers that every write has. */
function writeHeaders(): Record<string, string> {
  return csrf === undefined ? {} : { 'X-CSRF-Token': csrf }
}

/** How often a request that never reached the API is sent again, and how long after. */
const SEND_AGAIN_MS = [300, 1_200]

/** Sends again what can be sent twice: reads, and POSTs, which have their `Idempotency-Key`. */
async function send(request: Request): Promise<Response> {
  const repeatable = request.method === 'GET' || request.headers.has('Idempotency-Key')
  for (const pause of repeatable ? SEND_AGAIN_MS : []) {
    try {
      return await fetch(request.clone())
    } catch (error) {
      if (request.signal.aborted) throw error
      await new Promise(resolve => setTimeout(resolve, pause))
    }
  }
  return fetch(request)
}

/** 128 bits in hex; `crypto.randomUUID` is only there in secure contexts. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}

export const api = createClient<paths>({
  baseUrl: globalThis.location?.origin ?? '',
  fetch: send,
})

api.use({
  onRequest({ request }) {
    if (request.method === 'GET') return
    for (const [name, value] of Object.entries(writeHeaders())) request.headers.set(name, value)
    if (request.method === 'POST') request.headers.set('Idempotency-Key', randomKey())
  },
  onResponse({ response, schemaPath }) {
    observeDate(response.headers.get('date'))
    if (response.status === 401 && schemaPath !== '/v1/session') onSignedOut()
  },
})

/** The body of an answer, or the `Problem` that it tells. */
export async function take<T>(
  answer: Promise<{ data?: T; error?: unknown; response: Response }>,
): Promise<T> {
  const { data, error, response } = await answer
  if (error !== undefined || !response.ok) throw new Problem(response.status, error)
  return data as T
}
