/** Apps and their sandboxes. */
import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query'

import { api, take } from './client'
import { keys } from './keys'
import type { Sandbox } from './types'

const PAGE = 100

interface AppFilter {
  q?: string
  tag?: string
}

export const appsQuery = (filter: AppFilter) =>
  infiniteQueryOptions({
    queryKey: keys.apps(filter),
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET('/v1/apps', {
          params: {
            query: { ...filter, ...(pageParam ? { before: pageParam } : {}), limit: PAGE },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: page => page.next_before,
  })

export const appQuery = (id: string) =>
  queryOptions({
    queryKey: keys.app(id),
    queryFn: ({ signal }) => take(api.GET('/v1/apps/{id}', { params: { path: { id } }, signal })),
  })

export const sandboxQuery = (id: string) =>
  queryOptions({
    queryKey: keys.sandbox(id),
    queryFn: ({ signal }) =>
      take(api.GET('/v1/sandboxes/{id}', { params: { path: { id } }, signal })),
  })

/** The newest sandboxes at once, so that a page of apps doesn't ask for each. */
export const sandboxesQuery = (client: QueryClient) =>
  queryOptions({
    queryKey: keys.sandboxes,
    queryFn: async ({ signal }): Promise<Sandbox[]> => {
      const page = await take(
        api.GET('/v1/sandboxes', { params: { query: { limit: 200 } }, signal }),
      )
      for (const sandbox of page.sandboxes) client.setQueryData(keys.sandbox(sandbox.id), sandbox)
      return page.sandboxes
    },
    staleTime: Number.POSITIVE_INFINITY,
  })
