/** Tasks of an app: what was asked of agents, what became of it, and who can be asked. */
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'

import { api, take } from './client'
import { keys } from './keys'
import type { Task } from './types'

const PAGE = 30

export function isOver({ status }: Task): boolean {
  return status !== 'queued' && status !== 'running'
}

export const tasksQuery = (app: string) =>
  infiniteQueryOptions({
    queryKey: keys.tasks(app),
    queryFn: ({ pageParam, signal }) =>
      take(
        api.GET('/v1/apps/{id}/tasks', {
          params: {
            path: { id: app },
            query: { limit: PAGE, ...(pageParam ? { before: pageParam } : {}) },
          },
          signal,
        }),
      ),
    initialPageParam: '',
    getNextPageParam: page => page.next_before,
  })

export const taskQuery = (app: string, task: string) =>
  queryOptions({
    queryKey: keys.task(task),
    queryFn: ({ signal }) =>
      take(
        api.GET('/v1/apps/{id}/tasks/{task_id}', {
          params: { path: { id: app, task_id: task } },
          signal,
        }),
      ),
  })

/** Who can be asked in an app, and what is missing. What an image has may change at any time. */
export const agentsQuery = (app: string) =>
  queryOptions({
    queryKey: keys.agents(app),
    queryFn: ({ signal }) =>
      take(api.GET('/v1/agents', { params: { query: { app_id: app } }, signal })),
    staleTime: 10_000,
  })

/** What differs between two checkpoints, which never changes. */
export const changesQuery = (before: string, after: string) =>
  queryOptions({
    queryKey: keys.changes(before, after),
    queryFn: ({ signal }) =>
      take(
        api.GET('/v1/snapshots/{id}/diff', {
          params: { path: { id: after }, query: { against: before } },
          signal,
        }),
      ),
    staleTime: Number.POSITIVE_INFINITY,
  })

/** A checkpoint, which goes by itself when newer ones have made it superfluous. */
export const checkpointQuery = (id: string) =>
  queryOptions({
    queryKey: keys.checkpoint(id),
    queryFn: ({ signal }) =>
      take(api.GET('/v1/snapshots/{id}', { params: { path: { id } }, signal })),
  })
