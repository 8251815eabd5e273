/** Snapshots of an app. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import { api, take } from './client'
import { keys } from './keys'
import { toText } from './text'

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

/** What `after` has compared with `before`. Snapshots never change. */
export const diffQuery = (after: string, before: string, all: boolean) =>
  queryOptions({
    queryKey: keys.diff(after, before, all),
    queryFn: ({ signal }) =>
      take(
        api.GET('/v1/snapshots/{id}/diff', {
          params: { path: { id: after }, query: { against: before, all } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  })

/** A file as a snapshot has it; null where that isn't text. */
export const contentsQuery = (snapshot: string, path: string) =>
  queryOptions({
    queryKey: keys.contents(snapshot, path),
    queryFn: async ({ signal }) => {
      const bytes = await take(
        api.GET('/v1/snapshots/{id}/files/content', {
          params: { path: { id: snapshot }, query: { path } },
          parseAs: 'arrayBuffer',
          signal,
        }),
      )
      return toText(bytes ?? new ArrayBuffer(0)) ?? null
    },
    staleTime: Number.POSITIVE_INFINITY,
  })

/** The address that a file of a snapshot is downloaded from. */
export function contentsUrl(snapshot: string, path: string): string {
  return `/v1/snapshots/${snapshot}/files/content?path=${encodeURIComponent(path)}`
}
