/** A snapshot in the tree. */

import type { Tone } from '~/api/status'
import type { Snapshot } from '~/api/types'
import { formatBytes } from '~/ui/format'
import { Badge } from '~/ui/status'
import { Time } from '~/ui/time'
import { SnapshotActions } from './snapshot_actions'
import type { Branch } from './tree'

const STATUS: Record<Snapshot['status'], Tone> = {
  capturing: 'busy',
  ready: 'good',
  failed: 'bad',
  deleting: 'quiet',
}
/** Deeper branches aren't drawn further to the right. */
const DEEPEST = 6

interface SnapshotRowProps {
  app: string
  branch: Branch
  why: string | undefined
  /** Whether the workspace stands on it. */
  isBase: boolean
  /** Whether it is chosen to be compared; not given where that can't be chosen. */
  chosen?: boolean | undefined
  onChoose?: () => void
}

export function SnapshotRow({ app, branch, why, isBase, chosen, onChoose }: SnapshotRowProps) {
  const { snapshot, depth } = branch
  return (
    <li
      data-testid={`snapshot-${snapshot.id}`}
      className="flex flex-wrap items-center gap-x-3 gap-y-1.5 px-4 py-2.5"
      style={{ paddingLeft: 16 + Math.min(depth, DEEPEST) * 18 }}
    >
      {depth > 0 && (
        <span aria-hidden className="-ml-3.5 font-mono text-quiet">
          {branch.isLast ? '└' : '├'}
        </span>
      )}
      {chosen !== undefined && (
        <input
          type="checkbox"
          aria-label={`Compare ${snapshot.name}`}
          data-testid={`compare-${snapshot.id}`}
          checked={chosen}
          onChange={onChoose}
          className="size-4 shrink-0 accent-(--accent)"
        />
      )}
      <div className="min-w-0 flex-1 basis-44">
        <p className="flex flex-wrap items-center gap-2">
          <span className="font-medium">{snapshot.name}</span>
          {snapshot.kind !== 'manual' && <Badge>{snapshot.kind}</Badge>}
          {snapshot.status !== 'ready' && (
            <Badge tone={STATUS[snapshot.status]}>{snapshot.status}</Badge>
          )}
          {isBase && <Badge tone="busy">the workspace is on it</Badge>}
          {snapshot.source_app_id !== app && <Badge>from another app</Badge>}
        </p>
        <p className="text-quiet text-xs">
          <Time at={snapshot.created_at} />
          {snapshot.size_bytes !== null && ` · ${formatBytes(snapshot.size_bytes)}`}
          {snapshot.unique_bytes !== null &&
            `, of which ${formatBytes(snapshot.unique_bytes)} its own`}
        </p>
      </div>
      <SnapshotActions app={app} snapshot={snapshot} why={why} />
    </li>
  )
}
