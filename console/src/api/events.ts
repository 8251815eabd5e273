/** The timeline, page by page back in time; what is new comes live (`live/follow.ts`). */
import { infiniteQueryOptions } from '@tanstack/react-query'

import { api, take } from './client'
import type { EventFilter } from './filters'
import { keys } from './keys'
import type { EventList } from './types'

const PAGE = 100

export const eventsQuery = (filter: EventFilter) =>
  infiniteQueryOptions({
    queryKey: keys.events(filter),
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET('/v1/events', {
          params: {
            query: { ...filter, limit: PAGE, ...(pageParam ? { before: pageParam } : {}) },
          },
          headers: { Accept: 'application/json' },
          signal,
        }),
      ) as Promise<EventList>,
    initialPageParam: '',
    getNextPageParam: page => page.next_before,
    // The live stream keeps it: asking anew would only shorten what was scrolled to.
    staleTime: Number.POSITIVE_INFINITY,
  })
