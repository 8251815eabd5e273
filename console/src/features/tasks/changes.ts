/** What a task has changed: the names from its row, and how from its checkpoints, where those are. */
import type { SnapshotDiff } from '~/api/types'

export interface Change {
  path: string
  status: SnapshotDiff['files'][number]['status'] | undefined
}

interface Changes {
  changes: Change[]
  /** How many of which kind. */
  counts: string | undefined
  /** Whether there may be more than are named. */
  more: boolean
}

/** As many as a task's row names at most. */
const NAMED_MAX = 1_000

export function toChanges(files: readonly string[], diff: SnapshotDiff | undefined): Changes {
  if (diff === undefined) {
    const changes = files.map(path => ({ path, status: undefined }))
    return { changes, counts: undefined, more: files.length >= NAMED_MAX }
  }
  const changes = diff.files.map(({ path, status }) => ({ path, status }))
  const parts = (['added', 'changed', 'removed'] as const).filter(kind => diff[kind] > 0)
  const counts = parts.map(kind => `${diff[kind]} ${kind}`).join(', ')
  const more = diff.truncated || files.length >= NAMED_MAX
  return { changes, counts: counts === '' ? undefined : counts, more }
}
