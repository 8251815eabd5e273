/** An app's explorations, newest first. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { operationsQuery } from '~/api/operations'
import { operationTone } from '~/api/status'
import type { Operation } from '~/api/types'
import { Button } from '~/ui/button'
import { Empty, Panel } from '~/ui/panel'
import { firstLine } from '~/ui/plain'
import { ProblemNote } from '~/ui/problem_note'
import { Status } from '~/ui/status'
import { Time } from '~/ui/time'
import { progressOf, promptOf } from './children'

export function Explorations({ app }: { app: string }) {
  const client = useQueryClient()
  const list = useInfiniteQuery(operationsQuery(client, { app_id: app, kind: 'app.explore' }))
  const all = list.data?.pages.flatMap(page => page.operations)
  return (
    <Panel title="Explorations" flush>
      {all?.length === 0 && (
        <Empty title="No explorations yet">
          Ask for several variants at once: they stand here side by side, and the best is adopted.
        </Empty>
      )}
      {all === undefined && <ProblemNote problem={list.error} />}
      <ol className="divide-y divide-line">
        {all?.map(operation => (
          <li key={operation.id}>
            <Row app={app} operation={operation} />
          </li>
        ))}
      </ol>
      {list.hasNextPage && (
        <div className="p-3">
          <Button onClick={() => void list.fetchNextPage()} busy={list.isFetchingNextPage}>
            Show older ones
          </Button>
        </div>
      )}
    </Panel>
  )
}

function Row({ app, operation }: { app: string; operation: Operation }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5">
      <div className="min-w-0 flex-1 basis-52">
        <Link
          to="/apps/$app/tasks/explore/$operation"
          params={{ app, operation: operation.id }}
          className="block truncate font-medium hover:underline"
        >
          {firstLine(promptOf(operation) ?? 'An exploration')}
        </Link>
        <p className="text-quiet text-xs">
          {progressOf(operation)} · <Time at={operation.created_at} />
        </p>
      </div>
      <span className="text-xs">
        <Status tone={operationTone(operation.status)} text={operation.status} />
      </span>
    </div>
  )
}
