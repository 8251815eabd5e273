/** A timeline: live at the top, and going back in time as far as somebody scrolls. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'

import { eventsQuery } from '~/api/events'
import type { EventFilter } from '~/api/filters'
import type { TimelineEvent } from '~/api/types'
import { formatDuration, formatMoment } from '~/ui/format'
import { Empty } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { EventRow } from './event_row'
import { type Group, groupEvents, spanMs } from './groups'

export type EventActions = (event: TimelineEvent) => ReactNode

interface TimelineProps {
  filter: EventFilter
  /** What can be done from an event. */
  actions?: EventActions | undefined
}

export function Timeline({ filter, actions }: TimelineProps) {
  const list = useInfiniteQuery(eventsQuery(filter))
  const groups = useMemo(
    () => groupEvents(list.data?.pages.flatMap(page => page.events) ?? []),
    [list.data],
  )
  const { ref, virtual, offset } = useRows(groups)
  const shown = virtual.getVirtualItems()
  const last = shown.at(-1)?.index ?? -1
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list
  useEffect(() => {
    if (last >= groups.length - 1 && hasNextPage && !isFetchingNextPage) void fetchNextPage()
  }, [last, groups.length, hasNextPage, isFetchingNextPage, fetchNextPage])
  if (list.data === undefined) {
    return (
      <div className="p-4">
        {list.error === null ? (
          <SkeletonRows rows={8} className="h-7" />
        ) : (
          <ProblemNote problem={list.error} />
        )}
      </div>
    )
  }
  if (groups.length === 0) {
    return (
      <Empty title="Nothing has happened yet" testId="activity-empty">
        All that is done shows here at once, and stays.
      </Empty>
    )
  }
  return (
    <div>
      <ol
        ref={ref}
        data-testid="activity-list"
        className="relative"
        style={{ height: virtual.getTotalSize() }}
      >
        {shown.map(row => {
          const group = groups[row.index]
          if (group === undefined) return null
          return (
            <li
              key={row.key}
              ref={virtual.measureElement}
              data-index={row.index}
              className="absolute inset-x-0 top-0 border-line border-b py-1"
              style={{ transform: `translateY(${row.start - offset}px)` }}
            >
              <GroupRow group={group} actions={actions} />
            </li>
          )
        })}
      </ol>
      <p className="px-4 py-3 text-quiet text-xs" role="status">
        {isFetchingNextPage
          ? 'Looking further back…'
          : hasNextPage
            ? ''
            : 'That is where it began.'}
      </p>
    </div>
  )
}

function useRows(groups: readonly Group[]) {
  const ref = useRef<HTMLOListElement>(null)
  const [offset, setOffset] = useState(0)
  const filled = groups.length > 0
  useLayoutEffect(() => {
    if (!filled || ref.current === null) return
    setOffset(ref.current.getBoundingClientRect().top + window.scrollY)
  }, [filled])
  const virtual = useWindowVirtualizer({
    count: groups.length,
    estimateSize: index => 48 + 40 * ((groups[index]?.events.length ?? 1) - 1),
    getItemKey: index => groups[index]?.key ?? index,
    overscan: 8,
    scrollMargin: offset,
  })
  return { ref, virtual, offset }
}

export function GroupRow({ group, actions }: { group: Group; actions?: EventActions | undefined }) {
  const span = spanMs(group)
  const oldest = group.events.at(-1)
  return (
    <>
      {span !== undefined && oldest !== undefined && (
        <p className="flex items-center gap-2 px-4 pt-1 text-quiet text-xs">
          <span title={oldest.created_at}>{formatMoment(Date.parse(oldest.created_at))}</span>
          <span className="h-px flex-1 bg-line" aria-hidden />
          <GroupLink group={group} />
          <span className="nums">{formatDuration(span)}</span>
        </p>
      )}
      {group.events.map(event => (
        <EventRow key={event.id} event={event} actions={actions?.(event)} />
      ))}
    </>
  )
}

function GroupLink({ group }: { group: Group }) {
  const { operation, task } = group
  const app = group.events[0]?.app_id
  if (task !== undefined && app !== undefined) {
    return (
      <Link to="/apps/$app/tasks/$task" params={{ app, task }} className="underline">
        task
      </Link>
    )
  }
  if (operation === undefined) return null
  return (
    <Link to="/operations/$operation" params={{ operation }} className="underline">
      operation
    </Link>
  )
}
