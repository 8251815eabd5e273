/** Deleting a snapshot. */
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { keys } from '~/api/keys'
import type { Problem } from '~/api/problem'
import { deleteSnapshot } from '~/api/snapshots'
import type { Snapshot } from '~/api/types'
import { Confirm } from '~/ui/confirm'
import { formatBytes } from '~/ui/format'

interface DeleteDialogProps {
  app: string
  snapshot: Snapshot
  onClose: () => void
}

export function DeleteDialog({ app, snapshot, onClose }: DeleteDialogProps) {
  const client = useQueryClient()
  const remove = useMutation<unknown, Problem>({
    mutationFn: () => deleteSnapshot(snapshot.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.snapshots(app) })
      onClose()
    },
  })
  const freed = snapshot.unique_bytes
  return (
    <Confirm
      title={`Delete “${snapshot.name}”?`}
      about={`It can't be restored or forked any more.${freed === null ? '' : ` ${formatBytes(freed)} that only it holds become free.`}`}
      action="Delete"
      danger
      busy={remove.isPending}
      problem={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
    />
  )
}
