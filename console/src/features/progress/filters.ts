/** Narrowing a list of operations. */
import type { OperationFilter } from '~/api/filters'

export const STATUSES = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const
export const KINDS = [
  'sandbox.create',
  'sandbox.start',
  'sandbox.stop',
  'sandbox.delete',
  'app.delete',
  'snapshot.capture',
  'app.restore',
  'app.fork',
  'app.explore',
  'task.run',
] as const

export type OperationsSearch = Pick<OperationFilter, 'status' | 'kind'>

/** What of a URL's search is a filter. */
export function toOperationsSearch(search: Record<string, unknown>): OperationsSearch {
  const status = STATUSES.find(one => one === search.status)
  const kind = KINDS.find(one => one === search.kind)
  return { ...(status ? { status } : {}), ...(kind ? { kind } : {}) }
}
