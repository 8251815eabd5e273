/** The tenant's timeline as a stream that never ends: it resumes where it was cut off. */
import { asProblem, type Problem } from '../problem'
import type { TimelineEvent } from '../types'
import { readStream } from './stream'

export type Liveness = 'connecting' | 'live' | 'offline'

/** What a feed tells. A gap: some events are no longer there, so what is shown must be asked anew. */
export type News =
  | { what: 'event'; event: TimelineEvent }
  | { what: 'gap' }
  | { what: 'liveness'; liveness: Liveness }
  | { what: 'refused'; status: number }

const FIRST_PAUSE_MS = 500
const LAST_PAUSE_MS = 15_000

/** Follows `/v1/events` after `cursor` until `signal`, or until the API refuses to let us in. */
export async function followFeed(
  cursor: () => string | undefined,
  tell: (news: News) => void,
  signal: AbortSignal,
): Promise<void> {
  let pause = FIRST_PAUSE_MS
  tell({ what: 'liveness', liveness: 'connecting' })
  while (!signal.aborted) {
    const problem = await readOnce(cursor, tell, signal, () => {
      pause = FIRST_PAUSE_MS
    })
    if (signal.aborted) return
    if (problem?.status === 401) {
      tell({ what: 'refused', status: 401 })
      return
    }
    tell({ what: 'liveness', liveness: 'offline' })
    await rest(pause * (0.75 + Math.random() / 2), signal)
    pause = Math.min(pause * 2, LAST_PAUSE_MS)
  }
}

async function readOnce(
  cursor: () => string | undefined,
  tell: (news: News) => void,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<Problem | undefined> {
  try {
    await readStream({
      url: '/v1/events',
      lastId: cursor(),
      signal,
      onOpen: () => {
        onOpen()
        tell({ what: 'liveness', liveness: 'live' })
      },
      onEvent: ({ event, data }) => {
        if (event === 'gap') tell({ what: 'gap' })
        else tell({ what: 'event', event: JSON.parse(data) as TimelineEvent })
      },
    })
    return undefined
  } catch (error) {
    return asProblem(error)
  }
}

/** Waits, but no longer than until the network is back. */
function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const done = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      globalThis.removeEventListener?.('online', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal.addEventListener('abort', done)
    globalThis.addEventListener?.('online', done)
  })
}
