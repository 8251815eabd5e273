/** Operations. Their ends come by the live timeline; steps are looked at while they run. */
import { infiniteQueryOptions, type QueryClient, queryOptions } from '@tanstack/react-query'

import { api, take } from './client'
import { serverNow } from './clock'
import type { OperationFilter } from './filters'
import { keys } from './keys'
import type { Operation } from './types'

const PAGE = 30
/** Steps are in no event: a running operation is looked at this often, a waiting one less. */
const RUNNING_MS = 400
const QUEUED_MS = 1_500
/** One that takes longer than this, such as a task, is looked at as a waiting one is. */
const LONG_MS = 30_000

export function isActive(operation: Operation): boolean {
  return operation.status === 'queued' || operation.status === 'running'
}

export function lookEvery({ status, started_at }: Operation, now: number): number {
  const begun = started_at === null ? now : Date.parse(started_at)
  return status === 'running' && now - begun < LONG_MS ? RUNNING_MS : QUEUED_MS
}

export const operationQuery = (id: string) =>
  queryOptions({
    queryKey: keys.operation(id),
    queryFn: ({ signal }) =>
      take(api.GET('/v1/operations/{id}', { params: { path: { id } }, signal })),
    refetchInterval: ({ state }) => {
      if (state.data === undefined || !isActive(state.data)) return false
      return lookEvery(state.data, serverNow())
    },
  })

export const operationsQuery = (client: QueryClient, filter: OperationFilter) =>
  infiniteQueryOptions({
    queryKey: keys.operations(filter),
    queryFn: async ({ pageParam, signal }) => {
      const query = { ...filter, ...(pageParam ? { before: pageParam } : {}), limit: PAGE }
      const page = await take(api.GET('/v1/operations', { params: { query }, signal }))
      for (const operation of page.operations) {
        client.setQueryData(keys.operation(operation.id), operation)
      }
      return page
    },
    initialPageParam: '',
    getNextPageParam: page => page.next_before,
  })

export const queuesQuery = queryOptions({
  queryKey: keys.queues,
  queryFn: ({ signal }) => take(api.GET('/v1/queues', { signal })),
})

/** An operation that was accepted just now is shown at once. */
export function showOperation(client: QueryClient, operation: Operation): void {
  client.setQueryData(keys.operation(operation.id), operation)
  void client.invalidateQueries({ queryKey: keys.operations() })
  void client.invalidateQueries({ queryKey: keys.queues })
  if (operation.sandbox_id !== null) {
    void client.invalidateQueries({ queryKey: keys.sandbox(operation.sandbox_id) })
  }
  if (operation.app_id !== null) {
    void client.invalidateQueries({ queryKey: keys.app(operation.app_id) })
    void client.invalidateQueries({ queryKey: keys.snapshots(operation.app_id) })
    if (operation.task_id !== null) {
      void client.invalidateQueries({ queryKey: keys.tasks(operation.app_id) })
    }
  }
}

export function cancelOperation(id: string): Promise<Operation> {
  const params = { path: { id } }
  return take(api.POST('/v1/operations/{id}/cancel', { params })) as Promise<Operation>
}
