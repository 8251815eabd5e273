/** Two snapshots beside each other: what differs, and what can be done with each. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'

import { snapshotsQuery } from '~/api/snapshots'
import { Choice } from '~/features/compare/choice'
import { Differences } from '~/features/compare/differences'
import { SnapshotActions } from '~/features/snapshots/snapshot_actions'
import { Empty } from '~/ui/panel'
import { useApp } from './use_app'

export function ComparePage() {
  const { app } = useParams({ from: '/apps/$app/snapshots/compare' })
  const search = useSearch({ from: '/apps/$app/snapshots/compare' })
  const navigate = useNavigate({ from: '/apps/$app/snapshots/compare' })
  const { from, to, all } = search
  return (
    <div className="flex flex-col gap-4">
      <h2 className="font-semibold text-base">Compare two snapshots</h2>
      <Choice
        app={app}
        search={search}
        onChange={next => void navigate({ search: next, replace: true })}
      />
      <div className="flex flex-wrap justify-between gap-3">
        <Actions app={app} id={from} />
        <Actions app={app} id={to} />
      </div>
      {from === undefined || to === undefined ? (
        <Empty title="Choose two snapshots">
          What was added, changed and removed on the way from one to the other is shown here.
        </Empty>
      ) : (
        <Differences key={`${from} ${to}`} from={from} to={to} all={all === true} />
      )}
    </div>
  )
}

function Actions({ app, id }: { app: string; id: string | undefined }) {
  const { why } = useApp(app)
  const { data } = useInfiniteQuery(snapshotsQuery(app))
  const snapshot = data?.pages.flatMap(page => page.snapshots).find(one => one.id === id)
  if (snapshot === undefined) return null
  return (
    <span className="flex flex-wrap items-center gap-2">
      <span className="font-medium">{snapshot.name}</span>
      <SnapshotActions app={app} snapshot={snapshot} why={why} brief compare={false} />
    </span>
  )
}
