/** What the timeline offers where a snapshot was made: restore to here, fork from here. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { useCallback } from 'react'

import { snapshotsQuery } from '~/api/snapshots'
import { SnapshotActions } from '~/features/snapshots/snapshot_actions'
import type { EventActions } from '~/features/timeline/timeline'

export function useSnapshotActions(app: string, why: string | undefined): EventActions {
  const { data } = useInfiniteQuery(snapshotsQuery(app))
  return useCallback(
    event => {
      if (event.type !== 'snapshot.captured') return null
      const snapshot = data?.pages
        .flatMap(page => page.snapshots)
        .find(one => one.id === event.snapshot_id)
      if (snapshot === undefined) return null
      return <SnapshotActions app={app} snapshot={snapshot} why={why} brief />
    },
    [app, data, why],
  )
}
