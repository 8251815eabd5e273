/** Giving a snapshot another name. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { keys } from '~/api/keys'
import type { Problem } from '~/api/problem'
import { renameSnapshot } from '~/api/snapshots'
import type { Snapshot } from '~/api/types'
import { Confirm } from '~/ui/confirm'
import { Input } from '~/ui/field'

interface RenameDialogProps {
  app: string
  snapshot: Snapshot
  onClose: () => void
}

export function RenameDialog({ app, snapshot, onClose }: RenameDialogProps) {
  const [name, setName] = useState(snapshot.name)
  const client = useQueryClient()
  const rename = useMutation<unknown, Problem>({
    mutationFn: () => renameSnapshot(snapshot.id, name.trim()),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.snapshots(app) })
      onClose()
    },
  })
  return (
    <Confirm
      title="Rename the snapshot"
      about="Only its name changes."
      action="Rename"
      busy={rename.isPending}
      problem={rename.error}
      onClose={onClose}
      onConfirm={() => rename.mutate()}
    >
      <Input
        label="Name"
        required
        maxLength={200}
        value={name}
        onChange={event => setName(event.target.value)}
      />
    </Confirm>
  )
}
