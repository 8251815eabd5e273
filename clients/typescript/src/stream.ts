/** A stream that outlives its connections: every event once, in order. */
import { connection } from './connection.js'
import { GapError } from './errors.js'
import { backoffMs, rest } from './pause.js'

export interface StreamOptions {
  /** Goes on after this event's `id`, or a piece's `seq`; without it, an event that is to come. */
  after?: string | number
  /** Ends the stream: it throws the signal's reason. */
  signal?: AbortSignal
  /** Told of events that retention has taken away, instead of throwing a `GapError`. */
  onGap?: (prunedThrough: string) => void
}

/** What there was before all events. */
export const BEGINNING = '0'.repeat(26)
/** A connection that lasted this long was a good one. */
const GOOD_MS = 10_000

export interface Source {
  /** Where a stream begins that isn't told: after the newest event. */
  newest: (signal?: AbortSignal) => Promise<string>
  /** Opens a connection; undefined where nothing more will come. */
  open: (after: string, signal: AbortSignal) => Promise<ReadableStream<Uint8Array> | undefined>
}

export async function* follow<T>(
  source: Source,
  { after, signal, onGap }: StreamOptions,
): AsyncGenerator<T, void> {
  let cursor = after === undefined ? await source.newest(signal) : String(after)
  // Nothing was there when it was asked for: what was taken away is older than the stream.
  let isNew = after === undefined && cursor === BEGINNING
  for (let tries = 0; ; tries++) {
    const began = Date.now()
    const events = connection(inner => source.open(cursor, inner), signal)
    try {
      let next = await events.next()
      for (; !next.done; next = await events.next()) {
        const { event, data, id } = next.value
        if (event === 'gap') {
          const { pruned_through: pruned } = JSON.parse(data) as { pruned_through: string }
          if (!isNew && onGap === undefined) throw new GapError(pruned)
          if (!isNew) onGap?.(pruned)
          cursor = pruned
        } else if (id !== undefined && isLater(id, cursor)) {
          cursor = id
          tries = -1
          yield JSON.parse(data) as T
        }
        isNew = false
      }
      if (!next.value) return
    } finally {
      await events.return(true)
    }
    isNew = false
    if (Date.now() - began > GOOD_MS) tries = -1
    await rest(tries < 0 ? 0 : backoffMs(tries), signal)
  }
}

/** Of two ids of the same kind: ULIDs, which have one length, or numbers. */
function isLater(id: string, than: string): boolean {
  return id.length === than.length ? id > than : id.length > than.length
}
