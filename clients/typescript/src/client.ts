/** The client: typed requests, waiting for operations, and streams. */
import createClient, {
  type Client,
  type FetchResponse,
  type MaybeOptionalInit,
  type ParseAs,
} from 'openapi-fetch'
import type {
  HttpMethod,
  MediaType,
  PathsWithMethod,
  RequiredKeysOf,
} from 'openapi-typescript-helpers'

import { ApiError } from './errors.js'
import type { paths } from './schema.js'
import { isProgram, sender } from './send.js'
import { BEGINNING, follow, type StreamOptions } from './stream.js'
import type { Operation, OperationResult } from './types.js'
import { type WaitOptions, waitFor } from './wait.js'

export interface Options {
  /** Where the API is; `http://127.0.0.1:9090` unless said. */
  url?: string | undefined
  token?: string | undefined
  /** For how long after its first failure a request is tried again, in milliseconds; 30,000. */
  patienceMs?: number
  /** How long an answer may take, in milliseconds; 60,000. Waiting for an operation isn't bounded. */
  timeoutMs?: number
  /** Instead of the platform's. */
  fetch?: (request: Request) => Promise<Response>
}

/** Of `openapi-fetch`, which doesn't export it. */
type Init<I> =
  RequiredKeysOf<I> extends never
    ? [(I & { [key: string]: unknown })?]
    : [I & { [key: string]: unknown }]

/** What good answers have as their bodies: JSON, or nothing. */
type Json<Responses> = {
  [Status in keyof Responses & (200 | 201 | 202 | 204)]: Responses[Status] extends {
    content: { 'application/json': infer Body }
  }
    ? Body
    : Responses[Status] extends { content?: never }
      ? undefined
      : never
}[keyof Responses & (200 | 201 | 202 | 204)]

/** The same as `parseAs` wants it: files, logs and streams aren't JSON. */
type Body<O, I> = I extends { parseAs: Exclude<ParseAs, 'json'> }
  ? Parsed<FetchResponse<O & Record<string | number, unknown>, I, MediaType>>
  : Json<O extends { responses: infer Responses } ? Responses : never>
type Parsed<Answer> = Answer extends { data: infer Data } ? Data : never

/** A request by its path, as `openapi-fetch` has it; resolves to the body, rejects with an error. */
type Method<M extends HttpMethod> = <
  Path extends PathsWithMethod<paths, M>,
  I extends MaybeOptionalInit<paths[Path], M>,
>(
  path: Path,
  ...init: Init<I>
) => Promise<Body<paths[Path][M], I>>

/** What a path streams, from the page that it answers otherwise. */
type Streamed<Path> = Path extends {
  get: {
    responses: {
      200: {
        content: { 'text/event-stream': string; 'application/json': { events: (infer T)[] } }
      }
    }
  }
}
  ? T
  : never

/** The paths that can be streamed. */
type StreamPath = {
  [P in keyof paths]: Streamed<paths[P]> extends never ? never : P
}[keyof paths]

/** The parameters of a stream; how far it has come is its own business. */
type StreamParams<P extends StreamPath> = {
  path?: paths[P]['get']['parameters']['path']
  query?: Omit<NonNullable<paths[P]['get']['parameters']['query']>, 'after' | 'before' | 'limit'>
}

export class Sandboxd {
  readonly GET: Method<'get'>
  readonly POST: Method<'post'>
  readonly PUT: Method<'put'>
  readonly PATCH: Method<'patch'>
  readonly DELETE: Method<'delete'>
  private readonly api: Client<paths>

  constructor(options: Options = {}) {
    this.api = createClient<paths>({
      baseUrl: options.url ?? 'http://127.0.0.1:9090',
      ...(options.token === undefined
        ? {}
        : { headers: { Authorization: `Bearer ${options.token}` } }),
      fetch: sender({
        fetch: options.fetch ?? (request => fetch(request)),
        patienceMs: options.patienceMs ?? 30_000,
        timeoutMs: options.timeoutMs ?? 60_000,
      }),
      bodySerializer: (body: unknown) =>
        typeof body === 'string' || body instanceof Uint8Array || body instanceof Blob
          ? body
          : JSON.stringify(body),
    })
    this.api.use({ onRequest: ({ request }) => prepare(request) })
    this.GET = this.method('GET')
    this.POST = this.method('POST')
    this.PUT = this.method('PUT')
    this.PATCH = this.method('PATCH')
    this.DELETE = this.method('DELETE')
  }

  /**
   * Waits until an operation has ended, one that a request answers or one by its id, and gives its
   * result. Rejects with an `OperationError` if it failed or was cancelled.
   */
  async wait(
    operation: Operation | string | PromiseLike<Operation>,
    options: WaitOptions = {},
  ): Promise<OperationResult> {
    const ask = (id: string, wait: string, signal?: AbortSignal) =>
      this.GET('/v1/operations/{id}', {
        params: { path: { id }, query: { wait } },
        ...(signal && { signal }),
      })
    return waitFor(await operation, ask, options)
  }

  /**
   * The events of a timeline, or the pieces of a task's output, as they come: each once and in order,
   * however often the connection breaks. A task's output ends; a timeline goes on until the loop is
   * left or `signal` is aborted.
   */
  stream<P extends StreamPath>(
    path: P,
    { params = {}, ...options }: StreamOptions & { params?: StreamParams<P> } = {},
  ): AsyncGenerator<Streamed<paths[P]>, void> {
    // The types of one path among several can't be followed in here.
    const ask = this.GET as (path: string, init: object) => Promise<unknown>
    const isOutput = path === '/v1/sandboxes/{id}/tasks/{task_id}/events'
    return follow(
      {
        newest: async signal => {
          if (isOutput) return '0'
          const page = { ...params, query: { ...params.query, limit: 1 } }
          const found = await ask(path, {
            params: page,
            signal,
          })
          return (found as { events: { id: string }[] }).events[0]?.id ?? BEGINNING
        },
        open: (after, signal) => {
          const headers = { Accept: 'text/event-stream', 'Last-Event-ID': after }
          const opened = ask(path, { params, headers, signal, parseAs: 'stream' })
          return opened as Promise<ReadableStream<Uint8Array> | undefined>
        },
      },
      options,
    )
  }

  private method<M extends HttpMethod>(method: Uppercase<M>): Method<M> {
    const call = this.api[method as 'GET'] as (path: string, init?: object) => Promise<Answer>
    return (async (path: string, init?: object) => {
      const { data, error, response } = await call(path, init)
      if (!response.ok) throw new ApiError(response, error)
      return data
    }) as Method<M>
  }
}

interface Answer {
  data?: unknown
  error?: unknown
  response: Response
}

/** What a request has that nobody should have to think of. */
function prepare(request: Request): void {
  const { headers, method } = request
  if (!headers.has('Accept')) headers.set('Accept', 'application/json, */*;q=0.1')
  if (method === 'PUT') headers.set('Content-Type', 'application/octet-stream')
  if (method === 'POST' && !headers.has('Idempotency-Key') && !isProgram(request)) {
    headers.set('Idempotency-Key', randomKey())
  }
}

/** 128 bits in hex; `crypto.randomUUID` is only there in secure contexts. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')
}
