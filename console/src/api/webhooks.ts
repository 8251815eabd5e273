/** Webhooks and what they were sent. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import { api, take } from './client'
import { keys } from './keys'

/** Deliveries are in no event. */
const LOOK_MS = 5_000
const PAGE = 50

export const webhooksQuery = queryOptions({
  queryKey: keys.webhooks,
  queryFn: ({ signal }) =>
    take(api.GET('/v1/webhooks', { params: { query: { limit: 200 } }, signal })),
})

export const deliveriesQuery = (id: string) =>
  infiniteQueryOptions({
    queryKey: keys.deliveries(id),
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET('/v1/webhooks/{id}/deliveries', {
          params: {
            path: { id },
            query: { limit: PAGE, ...(pageParam ? { before: pageParam } : {}) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: page => page.next_before,
    refetchInterval: LOOK_MS,
  })

export const createWebhook = (url: string, events: string[]) =>
  take(api.POST('/v1/webhooks', { body: { url, ...(events.length > 0 ? { events } : {}) } }))

export const enableWebhook = (id: string, enabled: boolean) =>
  take(api.PATCH('/v1/webhooks/{id}', { params: { path: { id } }, body: { enabled } }))

export const deleteWebhook = (id: string) =>
  take(api.DELETE('/v1/webhooks/{id}', { params: { path: { id } } }))

export const testWebhook = (id: string) =>
  take(api.POST('/v1/webhooks/{id}/test', { params: { path: { id } } }))

export const redeliver = (id: string, delivery_id: string) =>
  take(
    api.POST('/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver', {
      params: { path: { id, delivery_id } },
    }),
  )
