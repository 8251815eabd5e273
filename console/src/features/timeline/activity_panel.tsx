/** The newest of an app's timeline, as a part of its page. */
import { useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { eventsQuery } from '~/api/events'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { groupEvents } from './groups'
import { type EventActions, GroupRow } from './timeline'

/** As many events as are of use beside other things. */
const SHOWN = 30

interface ActivityPanelProps {
  app: string
  actions?: EventActions
  aside?: ReactNode
}

export function ActivityPanel({ app, actions, aside }: ActivityPanelProps) {
  const { data, error } = useInfiniteQuery(eventsQuery({ app_id: app }))
  const events = data?.pages.flatMap(page => page.events).slice(0, SHOWN)
  return (
    <Panel title="Activity" testId="activity-panel" aside={aside} flush>
      {events === undefined && (
        <div className="p-4">
          {error === null ? (
            <SkeletonRows rows={4} className="h-7" />
          ) : (
            <ProblemNote problem={error} />
          )}
        </div>
      )}
      {events?.length === 0 && <Empty title="Nothing has happened yet" testId="activity-empty" />}
      {events !== undefined && events.length > 0 && (
        <ol
          data-testid="activity-list"
          aria-label="Activity"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          tabIndex={0}
          className="max-h-[28rem] divide-y divide-line overflow-y-auto"
        >
          {groupEvents(events).map(group => (
            <li key={group.key} className="py-1">
              <GroupRow group={group} actions={actions} />
            </li>
          ))}
        </ol>
      )}
    </Panel>
  )
}
