/** Who works, what waits, and what the tenant may use. */
import { queryOptions } from '@tanstack/react-query'

import { api, take } from './client'
import { keys } from './keys'

/** Events tell of operations, not of heartbeats: a slow look keeps those. */
const LOOK_MS = 5_000

export const workersQuery = queryOptions({
  queryKey: keys.workers,
  queryFn: ({ signal }) => take(api.GET('/v1/workers', { signal })),
  refetchInterval: LOOK_MS,
})

export const quotasQuery = queryOptions({
  queryKey: keys.quotas,
  queryFn: ({ signal }) => take(api.GET('/v1/quotas', { signal })),
  refetchInterval: LOOK_MS,
})
