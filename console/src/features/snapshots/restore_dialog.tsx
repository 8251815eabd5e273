/** Restoring an app to a snapshot: what is replaced, and what of it is kept. */
import { useState } from 'react'

import { restoreApp } from '~/api/actions'
import type { Snapshot } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Confirm } from '~/ui/confirm'
import { Check } from '~/ui/field'

interface RestoreDialogProps {
  app: string
  snapshot: Snapshot
  onClose: () => void
}

export function RestoreDialog({ app, snapshot, onClose }: RestoreDialogProps) {
  const [safety, setSafety] = useState(true)
  const restore = useStartOperation(app, `Restoring “${snapshot.name}”`, () =>
    restoreApp(app, snapshot.id, safety),
  )
  return (
    <Confirm
      title={`Restore “${snapshot.name}”?`}
      about="The workspace becomes what it was in this snapshot. The preview's address, settings and config stay."
      action="Restore"
      danger={!safety}
      busy={restore.isPending}
      problem={restore.error}
      onClose={onClose}
      onConfirm={() => restore.mutate(undefined, { onSuccess: onClose })}
    >
      <Check
        label="Keep the workspace as it is now"
        hint={
          safety
            ? 'It becomes a snapshot of kind “safety” first, so that this can be undone by restoring that one.'
            : 'All that was changed since the last snapshot is lost.'
        }
        checked={safety}
        onChange={setSafety}
      />
    </Confirm>
  )
}
