/** The timeline's events, those of one operation or task together. */
import type { TimelineEvent } from '~/api/types'

export interface Group {
  key: string
  operation: string | undefined
  task: string | undefined
  /** Newest first. */
  events: TimelineEvent[]
}

/** Groups what stands together; an operation that others interrupt has several groups. */
export function groupEvents(events: readonly TimelineEvent[]): Group[] {
  const groups: Group[] = []
  for (const event of events) {
    const last = groups.at(-1)
    if (last !== undefined && belongs(last, event)) last.events.push(event)
    else
      groups.push({
        key: event.id,
        operation: event.operation_id,
        task: event.task_id,
        events: [event],
      })
  }
  // By its oldest event: a group keeps its key when a newer one comes.
  return groups.map(group => ({ ...group, key: group.events.at(-1)?.id ?? group.key }))
}

function belongs(group: Group, event: TimelineEvent): boolean {
  if (group.task !== undefined) return group.task === event.task_id
  return group.operation !== undefined && group.operation === event.operation_id
}

/** How long a group took from its first event to its last; undefined for a single moment. */
export function spanMs(group: Group): number | undefined {
  const [newest, oldest] = [group.events[0], group.events.at(-1)]
  if (newest === undefined || oldest === undefined || newest === oldest) return undefined
  return Date.parse(newest.created_at) - Date.parse(oldest.created_at)
}
