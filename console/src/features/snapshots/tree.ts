/** Snapshots as the tree that they are: each on what it was captured from. */
import type { Snapshot } from '~/api/types'

export interface Branch {
  snapshot: Snapshot
  depth: number
  /** Whether it is the last of its parent's. */
  isLast: boolean
}

/**
 * Newest first among siblings, children below their parent. A line of only children stays at one
 * depth, so that a long history isn't a staircase.
 */
export function toTree(snapshots: readonly Snapshot[]): Branch[] {
  const known = new Set(snapshots.map(snapshot => snapshot.id))
  const children = new Map<string | null, Snapshot[]>()
  for (const snapshot of [...snapshots].sort((a, b) => (a.id < b.id ? 1 : -1))) {
    const parent = snapshot.parent_snapshot_id
    const key = parent !== null && known.has(parent) ? parent : null
    children.set(key, [...(children.get(key) ?? []), snapshot])
  }
  const rows: Branch[] = []
  const pending = (children.get(null) ?? []).map((snapshot, index, all) => ({
    snapshot,
    depth: 0,
    isLast: index === all.length - 1,
  }))
  while (pending.length > 0) {
    const row = pending.shift()
    if (row === undefined) break
    rows.push(row)
    const own = children.get(row.snapshot.id) ?? []
    const depth = row.depth + (own.length > 1 ? 1 : 0)
    pending.unshift(
      ...own.map((snapshot, index) => ({ snapshot, depth, isLast: index === own.length - 1 })),
    )
  }
  return rows
}
