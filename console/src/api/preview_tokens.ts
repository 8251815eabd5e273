/** Links to private previews. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import { api, take } from './client'
import { keys } from './keys'

/** How long the console's own link lasts: as long as somebody may look at a page. */
const OWN_LINK = '12h'
const OWN_LINK_FRESH_MS = 11 * 3_600_000

export const createLink = (id: string, port: number, expires_in: string) =>
  take(
    api.POST('/v1/sandboxes/{id}/preview-token', {
      params: { path: { id } },
      body: { port, expires_in },
    }),
  )

/** The link by which the console itself frames a private preview; in memory only. */
export const ownLinkQuery = (sandbox: string, port: number) =>
  queryOptions({
    queryKey: [...keys.ownLinks(sandbox), port],
    queryFn: () => createLink(sandbox, port, OWN_LINK),
    staleTime: OWN_LINK_FRESH_MS,
    gcTime: OWN_LINK_FRESH_MS,
  })

const PAGE = 50

/** A sandbox's links, newest first; those that open nothing any more for another day. */
export const linksQuery = (sandbox: string) =>
  infiniteQueryOptions({
    queryKey: keys.previewTokens(sandbox),
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET('/v1/sandboxes/{id}/preview-tokens', {
          params: {
            path: { id: sandbox },
            query: { limit: PAGE, ...(pageParam ? { before: pageParam } : {}) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: page => page.next_before,
    // They are in no event.
    staleTime: 0,
  })

export const revokeLink = (sandbox: string, token_id: string) =>
  take(
    api.DELETE('/v1/sandboxes/{id}/preview-tokens/{token_id}', {
      params: { path: { id: sandbox, token_id } },
    }),
  )
