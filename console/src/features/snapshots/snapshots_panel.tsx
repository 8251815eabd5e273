/** An app's snapshots as a tree. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'

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
  const [chosen, setChosen] = useState<string[]>([])
  const list = useInfiniteQuery(snapshotsQuery(app))
  const all = list.data?.pages.flatMap(page => page.snapshots)
  const some = most === undefined ? all : all?.slice(0, most)
  // The third takes the place of the first.
  const choose = (id: string): void =>
    setChosen(old => (old.includes(id) ? old.filter(one => one !== id) : [...old, id].slice(-2)))
  const canChoose = most === undefined && some !== undefined && some.length > 1
  return (
    <Panel
      title="Snapshots"
      testId="snapshots-panel"
      aside={canChoose ? <CompareLink app={app} chosen={chosen} /> : aside}
      flush
    >
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
              chosen={canChoose ? chosen.includes(branch.snapshot.id) : undefined}
              onChoose={() => choose(branch.snapshot.id)}
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

/** Ids tell which is older: what changed is told from that one on. */
function CompareLink({ app, chosen }: { app: string; chosen: readonly string[] }) {
  const [from, to] = [...chosen].sort()
  if (from === undefined || to === undefined) {
    return <span className="text-quiet text-xs">Choose two to compare them</span>
  }
  return (
    <Link
      to="/apps/$app/snapshots/compare"
      params={{ app }}
      search={{ from, to }}
      className="underline"
    >
      Compare the two
    </Link>
  )
}
