/** One connection to a stream of server-sent events, for as long as it lasts. */
import { createParser, type EventSourceMessage } from 'eventsource-parser'

import { observeDate } from '../clock'
import { Problem } from '../problem'

/** The API sends a comment every 15 s: a stream that is silent for longer than this is dead. */
const SILENCE_MAX_MS = 40_000
/** A stream that was silent for this long is looked at again when the page comes back. */
const SUSPICIOUS_MS = 20_000

interface StreamOptions {
  url: string
  lastId: string | undefined
  signal: AbortSignal
  onOpen: () => void
  onEvent: (event: EventSourceMessage) => void
}

/** Reads until the stream ends, which is no failure. Rejects with a `Problem` where it is refused. */
export async function readStream(options: StreamOptions): Promise<void> {
  const silence = new Silence(options.signal)
  try {
    const response = await fetch(options.url, {
      headers: {
        Accept: 'text/event-stream',
        ...(options.lastId === undefined ? {} : { 'Last-Event-ID': options.lastId }),
      },
      signal: silence.signal,
    })
    observeDate(response.headers.get('date'))
    if (!response.ok || response.body === null) {
      throw new Problem(response.status, await response.json().catch(() => undefined))
    }
    options.onOpen()
    const parser = createParser({ onEvent: options.onEvent })
    const text = response.body.pipeThrough(new TextDecoderStream())
    for await (const chunk of chunks(text)) {
      silence.broken()
      parser.feed(chunk)
    }
  } finally {
    silence.end()
  }
}

/** `ReadableStream` isn't iterable everywhere. */
async function* chunks(stream: ReadableStream<string>): AsyncGenerator<string> {
  const reader = stream.getReader()
  while (true) {
    const { done, value } = await reader.read()
    if (done) return
    yield value
  }
}

/** Gives a connection up that says nothing for too long: after a sleep nobody else tells. */
class Silence {
  private readonly controller = new AbortController()
  private readonly outer: AbortSignal
  private last = Date.now()
  private timer: ReturnType<typeof setTimeout> | undefined

  constructor(outer: AbortSignal) {
    this.outer = outer
    outer.addEventListener('abort', this.giveUp)
    globalThis.addEventListener?.('online', this.suspect)
    globalThis.document?.addEventListener('visibilitychange', this.suspect)
    if (outer.aborted) this.giveUp()
    this.broken()
  }

  get signal(): AbortSignal {
    return this.controller.signal
  }

  broken(): void {
    this.last = Date.now()
    clearTimeout(this.timer)
    this.timer = setTimeout(this.giveUp, SILENCE_MAX_MS)
  }

  end(): void {
    clearTimeout(this.timer)
    this.outer.removeEventListener('abort', this.giveUp)
    globalThis.removeEventListener?.('online', this.suspect)
    globalThis.document?.removeEventListener('visibilitychange', this.suspect)
  }

  private readonly giveUp = (): void => {
    this.controller.abort()
  }

  private readonly suspect = (): void => {
    if (Date.now() - this.last > SUSPICIOUS_MS) this.giveUp()
  }
}
