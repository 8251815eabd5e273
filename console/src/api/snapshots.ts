/** Snapshots of an app. */
import { infiniteQueryOptions } from '@tanstack/react-query'

import { api, take } from './client'
import { keys } from './keys'

export const snapshotsQuery = (app: string) =>
  infiniteQueryOptions({
    queryKey: keys.snapshots(app),
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET('/v1/apps/{id}/snapshots', {
          params: {
            path: { id: app },
            query: { limit: 200, ...(pageParam ? { before: pageParam } : {}) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: page => page.next_before,
  })

export const renameSnapshot = (id: string, name: string) =>
  take(api.PATCH('/v1/snapshots/{id}', { params: { path: { id } }, body: { name } }))

export const deleteSnapshot = (id: string) =>
  take(api.DELETE('/v1/snapshots/{id}', { params: { path: { id } } }))
