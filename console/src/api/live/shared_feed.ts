/**
 * One stream for all tabs: a browser opens six connections to a host at most, and the API speaks
 * HTTP/1.1. The tab that holds the lock streams and passes on what it hears; when it closes, the
 * next one goes on after the last event that it has seen.
 */
import { followFeed, type Liveness, type News } from './feed'
import { ulidAt } from './ulid'

/** A tab begins a little before it was opened, so that nothing falls between page and stream. */
const HEAD_START_MS = 10_000

type Message = News | { what: 'hello' }

export function shareFeed(
  tenant: string,
  now: number,
  tell: (news: News) => void,
  signal: AbortSignal,
): void {
  let cursor = ulidAt(now - HEAD_START_MS)
  let liveness: Liveness = 'connecting'
  const hear = (news: News): void => {
    if (news.what === 'event') {
      if (news.event.id <= cursor) return
      cursor = news.event.id
    }
    if (news.what === 'liveness') liveness = news.liveness
    tell(news)
  }
  const name = `sandboxd-feed-${tenant}`
  const { locks } = navigator
  if (locks === undefined || typeof BroadcastChannel === 'undefined') {
    void followFeed(() => cursor, hear, signal)
    return
  }
  const channel = new BroadcastChannel(name)
  signal.addEventListener('abort', () => channel.close())
  let leads = false
  channel.onmessage = ({ data }: MessageEvent<Message>) => {
    if (data.what !== 'hello') hear(data)
    else if (leads) channel.postMessage({ what: 'liveness', liveness } satisfies Message)
  }
  channel.postMessage({ what: 'hello' } satisfies Message)
  const lead = async (): Promise<void> => {
    leads = true
    await followFeed(
      () => cursor,
      news => {
        hear(news)
        if (!signal.aborted) channel.postMessage(news)
      },
      signal,
    )
  }
  locks.request(name, { signal }, lead).catch(() => {
    // Aborted before its turn came: this tab listens no longer.
  })
}
