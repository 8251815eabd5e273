/** What is going on with an app, from the moment of a click, and how the last of it ended. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { LoaderCircle } from 'lucide-react'

import { isActive, operationsQuery } from '~/api/operations'
import { useStarting } from '~/api/use_operation'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { OperationCard } from './operation_card'

/** How many of the last ones are shown where nothing is going on. */
const LAST = 2

export function ProgressPanel({ app }: { app: string }) {
  const client = useQueryClient()
  const starting = useStarting(app)
  const { data, error } = useInfiniteQuery(operationsQuery(client, { app_id: app }))
  const all = data?.pages.flatMap(page => page.operations) ?? []
  const shown = all.filter((operation, index) => index < LAST || isActive(operation))
  return (
    <Panel title="Progress" flush>
      <div className="divide-y divide-line" aria-live="polite">
        {starting.map(what => (
          <p key={what} className="flex items-center gap-2 px-4 py-3">
            <LoaderCircle size={15} className="animate-spin text-busy" aria-hidden /> {what}…
          </p>
        ))}
        {shown.map(({ id }) => (
          <OperationCard key={id} id={id} />
        ))}
      </div>
      {error !== null && data === undefined && <ProblemNote problem={error} />}
      {data === undefined && error === null && (
        <div className="p-4">
          <SkeletonRows rows={2} />
        </div>
      )}
      {data !== undefined && all.length === 0 && starting.length === 0 && (
        <Empty title="Nothing has been done yet">Every action shows here, step by step.</Empty>
      )}
    </Panel>
  )
}
