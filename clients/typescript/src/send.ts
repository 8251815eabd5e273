/** Sends a request, again where that is safe and may help. */
import { errorOf, retryAfterMs, UnreachableError } from './errors.js'
import { backoffMs, rest } from './pause.js'

export interface SendOptions {
  fetch: (request: Request) => Promise<Response>
  /** For how long after its first failure a request is tried again, in milliseconds. */
  patienceMs: number
  /** How long an answer may take, in milliseconds. */
  timeoutMs: number
}

/** Refused before anything was done. */
const REFUSED = [429, 503]
/** What came of these isn't known. */
const FAILED = [500, 502, 504]

export function sender(options: SendOptions): (request: Request) => Promise<Response> {
  return async request => {
    let deadline: number | undefined
    for (let tries = 0; ; tries++) {
      const outcome = await attempt(request.clone(), options)
      const pause = await pauseAfter(request, outcome, tries)
      deadline ??= Date.now() + options.patienceMs
      if (pause === undefined || Date.now() + pause > deadline) {
        if (outcome instanceof Response) return outcome
        throw outcome
      }
      await rest(pause, request.signal)
    }
  }
}

/** How long to rest before the next try; undefined where there is to be none. */
async function pauseAfter(
  request: Request,
  outcome: Response | UnreachableError,
  tries: number,
): Promise<number | undefined> {
  if (!(outcome instanceof Response)) return isRepeatable(request) ? backoffMs(tries) : undefined
  const { status } = outcome
  if (!REFUSED.includes(status) && !(FAILED.includes(status) && isRepeatable(request))) return
  if (!(await mayHelp(outcome))) return
  return (retryAfterMs(outcome) ?? 0) + backoffMs(tries)
}

/** Whether doing it twice is doing it once. PATCH isn't sent again (RFC 9110, 9.2.2). */
function isRepeatable(request: Request): boolean {
  if (request.method === 'POST') return request.headers.has('Idempotency-Key')
  return request.method !== 'PATCH'
}

/** Whether the API says so. What isn't JSON is a proxy's, which knows no more than its status. */
async function mayHelp(response: Response): Promise<boolean> {
  if (!isJson(response)) return true
  const body: unknown = await response
    .clone()
    .json()
    .catch(() => undefined)
  return errorOf(body)?.retryable ?? false
}

function isJson(response: Response): boolean {
  return response.headers.get('content-type')?.startsWith('application/json') ?? false
}

/** One try. JSON is read whole, so that an answer that was cut off is a failure of the try. */
async function attempt(
  request: Request,
  { fetch, timeoutMs }: SendOptions,
): Promise<Response | UnreachableError> {
  const { signal } = request
  signal.throwIfAborted()
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  const late = new UnreachableError(`no answer within ${timeoutMs} ms`)
  // A program answers when it has ended, for which the API sets the limit.
  const timer = isProgram(request) ? undefined : setTimeout(() => controller.abort(late), timeoutMs)
  try {
    const response = await fetch(new Request(request, { signal: controller.signal }))
    if (!isJson(response)) return response
    const { status, statusText, headers } = response
    const whole = new Response(await response.text(), { status, statusText, headers })
    signal.removeEventListener('abort', abort)
    return whole
  } catch (cause) {
    signal.throwIfAborted()
    if (controller.signal.aborted) return late
    const { origin } = new URL(request.url)
    return new UnreachableError(`no answer from ${origin}: ${said(cause)}`, { cause })
  } finally {
    clearTimeout(timer)
  }
}

/** Node tells what is wrong in the cause of what it throws. */
function said(error: unknown): string {
  const { cause, message } = error as Error
  return cause instanceof Error && cause.message !== '' ? cause.message : message
}

/** Programs run for as long as they like, and running one twice isn't running it once. */
export function isProgram(request: Request): boolean {
  return new URL(request.url).pathname.endsWith('/exec')
}
