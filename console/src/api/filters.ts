/** What lists can be narrowed to, and whether a live event belongs into a narrowed list. */
import type { OperationKind, OperationStatus, Severity, TimelineEvent } from './types'

export interface EventFilter {
  app_id?: string
  operation_id?: string
  /** Types, or beginnings of types such as `snapshot.*`, with commas between. */
  type?: string
  severity?: Severity
}

export interface OperationFilter {
  app_id?: string
  sandbox_id?: string
  status?: OperationStatus
  kind?: OperationKind
}

export function matches(event: TimelineEvent, filter: EventFilter): boolean {
  return (
    is(filter.app_id, event.app_id) &&
    is(filter.operation_id, event.operation_id) &&
    is(filter.severity, event.severity) &&
    (filter.type === undefined || filter.type.split(',').some(one => isOfType(event.type, one)))
  )
}

function is(wanted: string | undefined, given: string | undefined): boolean {
  return wanted === undefined || wanted === given
}

function isOfType(type: string, pattern: string): boolean {
  return pattern.endsWith('*') ? type.startsWith(pattern.slice(0, -1)) : type === pattern
}
