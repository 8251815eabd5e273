/** Keeps what is shown as it is: live events go into timelines, and what they touch is asked anew. */
import { hashKey, type InfiniteData, type QueryClient } from '@tanstack/react-query'

import { serverNow } from '../clock'
import { type EventFilter, matches } from '../filters'
import { keys } from '../keys'
import type { TimelineEvent } from '../types'
import type { Liveness, News } from './feed'
import { shareFeed } from './shared_feed'
import { touched } from './touched'

/** A burst of events asks for everything once. */
const SETTLE_MS = 40

interface EventPage {
  events: TimelineEvent[]
  next_before?: string
}

interface FollowOptions {
  client: QueryClient
  tenant: string
  onLiveness: (liveness: Liveness) => void
  onRefused: () => void
}

/** Follows the tenant's timeline until the returned function is called. */
export function follow(options: FollowOptions): () => void {
  const { client } = options
  const controller = new AbortController()
  const refresh = batched(client)
  const hear = (news: News): void => {
    switch (news.what) {
      case 'event':
        addToTimelines(client, news.event)
        for (const key of touched(news.event)) refresh(key)
        break
      case 'gap':
        void client.invalidateQueries()
        break
      case 'liveness':
        options.onLiveness(news.liveness)
        break
      case 'refused':
        options.onRefused()
    }
  }
  shareFeed(options.tenant, serverNow(), hear, controller.signal)
  return () => controller.abort()
}

function batched(client: QueryClient): (key: readonly unknown[]) => void {
  const due = new Map<string, readonly unknown[]>()
  let timer: ReturnType<typeof setTimeout> | undefined
  const flush = (): void => {
    timer = undefined
    for (const queryKey of due.values()) void client.invalidateQueries({ queryKey })
    due.clear()
  }
  return key => {
    due.set(hashKey(key), key)
    if (timer === undefined) timer = setTimeout(flush, SETTLE_MS)
  }
}

function addToTimelines(client: QueryClient, event: TimelineEvent): void {
  for (const query of client.getQueryCache().findAll({ queryKey: keys.events() })) {
    const filter = query.queryKey[1] as EventFilter
    if (!matches(event, filter)) continue
    client.setQueryData<InfiniteData<EventPage>>(query.queryKey, data => withEvent(data, event))
  }
}

/** Newest first, and each once: a page that was asked for meanwhile may have it already. */
export function withEvent(
  data: InfiniteData<EventPage> | undefined,
  event: TimelineEvent,
): InfiniteData<EventPage> | undefined {
  const [first, ...rest] = data?.pages ?? []
  if (data === undefined || first === undefined) return data
  if (data.pages.some(page => page.events.some(known => known.id === event.id))) return data
  const events = [event, ...first.events].sort((a, b) => (a.id < b.id ? 1 : -1))
  return { ...data, pages: [{ ...first, events }, ...rest] }
}
