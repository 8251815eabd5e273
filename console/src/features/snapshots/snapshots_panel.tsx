/** An app's snapshots as a tree. */
import { useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { snapshotsQuery } from '~/api/snapshots'
import type { Sandbox } from '~/api/types'
import { Button } from '~/ui/button'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { SnapshotRow } from './snapshot_row'
import { toTree } from './tree'

interface SnapshotsPanelProps {
  app: string
  sandbox: Sandbox | undefined
  why: string | undefined
  aside?: ReactNode
  /** How many at most; all, if not said. */
  most?: number
}

export function SnapshotsPanel({ app, sandbox, why, aside, most }: SnapshotsPanelProps) {
  const list = useInfiniteQuery(snapshotsQuery(app))
  const all = list.data?.pages.flatMap(page => page.snapshots)
  const some = most === undefined ? all : all?.slice(0, most)
  return (
    <Panel title="Snapshots" testId="snapshots-panel" aside={aside} flush>
      {some === undefined && (
        <div className="p-4">
          {list.error === null ? <SkeletonRows rows={3} /> : <ProblemNote problem={list.error} />}
        </div>
      )}
      {some?.length === 0 && (
        <Empty title="No snapshots yet">
          A capture takes milliseconds at any size, and the workspace can be taken back to it.
        </Empty>
      )}
      {some !== undefined && some.length > 0 && (
        <ol className="divide-y divide-line">
          {toTree(some).map(branch => (
            <SnapshotRow
              key={branch.snapshot.id}
              app={app}
              branch={branch}
              why={why}
              isBase={sandbox?.base_snapshot_id === branch.snapshot.id}
            />
          ))}
        </ol>
      )}
      {most === undefined && list.hasNextPage && (
        <div className="p-3">
          <Button onClick={() => void list.fetchNextPage()} busy={list.isFetchingNextPage}>
            Show older ones
          </Button>
        </div>
      )}
    </Panel>
  )
}
