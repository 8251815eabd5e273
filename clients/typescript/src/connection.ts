/** One connection to a stream of server-sent events (WHATWG HTML 9.2), for as long as it lasts. */
import { createParser, type EventSourceMessage } from 'eventsource-parser'

/** The API sends a comment every 15 s: a connection that is silent for longer than this is dead. */
const SILENCE_MAX_MS = 40_000

type Open = (signal: AbortSignal) => Promise<ReadableStream<Uint8Array> | undefined>

/**
 * Its events; returns whether there was a stream at all. A connection that breaks has ended; only
 * what `open` throws, and the reason of `signal`, is thrown.
 */
export async function* connection(
  open: Open,
  signal?: AbortSignal,
): AsyncGenerator<EventSourceMessage, boolean> {
  signal?.throwIfAborted()
  const controller = new AbortController()
  const abort = (): void => controller.abort(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  let timer: ReturnType<typeof setTimeout> | undefined
  try {
    const body = await open(controller.signal)
    if (body === undefined) return false
    const reader = body.pipeThrough(new TextDecoderStream() as Decoder).getReader()
    const events: EventSourceMessage[] = []
    const parser = createParser({ onEvent: event => events.push(event) })
    while (true) {
      timer = setTimeout(() => controller.abort(), SILENCE_MAX_MS)
      const read = await reader.read().catch(() => undefined)
      clearTimeout(timer)
      signal?.throwIfAborted()
      if (read === undefined || read.done) return true
      parser.feed(read.value)
      yield* events.splice(0)
    }
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
    controller.abort()
  }
}

/** The libraries of browsers and of Node don't agree on what it takes. */
type Decoder = ReadableWritablePair<string, Uint8Array>
