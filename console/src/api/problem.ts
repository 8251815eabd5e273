import type { ErrorCode } from './types'

/** A request that failed, as the API tells it; `code` is "unreachable" where it told nothing. */
export class Problem extends Error {
  readonly status: number
  readonly code: ErrorCode | 'unreachable'
  readonly requestId: string | undefined
  readonly details: Record<string, unknown>

  constructor(status: number, body: unknown) {
    const error = (body as { error?: Record<string, unknown> } | undefined)?.error
    super(String(error?.message ?? `the API answered ${status} and didn't say why`))
    this.name = 'Problem'
    this.status = status
    this.code = (error?.code as ErrorCode | undefined) ?? 'internal'
    this.requestId = error?.request_id as string | undefined
    this.details = (error?.details as Record<string, unknown> | undefined) ?? {}
  }

  /** The field of the request that is wrong, if it is one. */
  get field(): string | undefined {
    return typeof this.details.field === 'string' ? this.details.field : undefined
  }
}

/** The API couldn't be reached at all. */
class Unreachable extends Problem {
  override readonly code = 'unreachable'

  constructor() {
    super(0, { error: { message: "the API can't be reached; it may be restarting" } })
  }
}

export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  if (error instanceof TypeError) return new Unreachable()
  return new Problem(0, {
    error: { message: error instanceof Error ? error.message : String(error) },
  })
}
