/** What this client throws; besides, whatever a caller's own signal was aborted with. */
import type { ErrorBody, ErrorCode, Operation } from './types.js'

/** What all of them are. */
export class SandboxdError extends Error {
  override name = 'SandboxdError'
}

/** The API answered with an error. */
export class ApiError extends SandboxdError {
  override name = 'ApiError'
  readonly status: number
  /** `unknown` where the answer wasn't the API's own, such as a proxy's. */
  readonly code: ErrorCode | 'unknown'
  /** Whether it may help to ask again. */
  readonly retryable: boolean
  /** What the API's log knows the request by. */
  readonly requestId: string | undefined
  /** Ids, fields and states that a program may want, such as `operation_id`, `task_id` or `field`. */
  readonly details: Record<string, unknown>
  /** How long the API wants to be left alone, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(response: Response, body: unknown) {
    const error = errorOf(body)
    super(error?.message ?? `the API answered ${response.status} and didn't say why`)
    this.status = response.status
    this.code = error?.code ?? 'unknown'
    this.retryable = error?.retryable ?? response.status >= 502
    this.requestId = response.headers.get('x-request-id') ?? undefined
    this.details = error?.details ?? {}
    this.retryAfterMs = retryAfterMs(response)
  }
}

/** No whole answer came from the API, however often it was asked; `cause` says why. */
export class UnreachableError extends SandboxdError {
  override name = 'UnreachableError'
}

/** An operation that was waited for failed, or was cancelled. */
export class OperationError extends SandboxdError {
  override name = 'OperationError'
  readonly operation: Operation
  readonly code: ErrorCode | 'cancelled'
  readonly retryable: boolean
  readonly details: Record<string, unknown>

  constructor(operation: Operation) {
    const { error, kind } = operation
    super(`${kind} ${operation.status}${error ? `: ${error.message}` : ''}`)
    this.operation = operation
    this.code = operation.status === 'cancelled' ? 'cancelled' : (error?.code ?? 'internal')
    this.retryable = error?.retryable ?? false
    this.details = error?.details ?? {}
  }
}

/** A stream was to go on after events that retention has taken away. */
export class GapError extends SandboxdError {
  override name = 'GapError'
  /** The newest event that is gone: a stream `after` it goes on with what there is. */
  readonly prunedThrough: string

  constructor(prunedThrough: string) {
    super(`events up to ${prunedThrough} are no longer there; look at everything anew`)
    this.prunedThrough = prunedThrough
  }
}

/** The error that a body tells of, if it is the API's. */
export function errorOf(body: unknown): ErrorBody | undefined {
  const error = (body as { error?: Partial<ErrorBody> } | undefined)?.error
  return typeof error?.code === 'string' ? (error as ErrorBody) : undefined
}

/** `Retry-After` in milliseconds: seconds or a date (RFC 9110, 10.2.3). */
export function retryAfterMs(response: Response, now = Date.now()): number | undefined {
  const text = response.headers.get('retry-after')
  if (text === null) return undefined
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}
