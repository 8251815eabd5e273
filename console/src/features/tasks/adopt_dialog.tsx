/** Adopting one answer of an exploration: what it replaces, and what goes. */
import { useState } from 'react'

import { adoptApp } from '~/api/actions'
import type { Operation } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Confirm } from '~/ui/confirm'
import { Check } from '~/ui/field'
import type { Child } from './children'

interface AdoptDialogProps {
  app: string
  child: Child
  others: readonly Child[]
  onClose: () => void
  onBegun: (operation: Operation) => void
}

export function AdoptDialog({ app, child, others, onClose, onBegun }: AdoptDialogProps) {
  const [deleteOthers, setDeleteOthers] = useState(true)
  const adopt = useStartOperation(app, `Adopting “${child.app.name}”`, () =>
    adoptApp(app, child.app.id, deleteOthers),
  )
  const onSuccess = (operation: Operation): void => {
    onClose()
    onBegun(operation)
  }
  const several = others.length === 1 ? 'The other variant' : `The ${others.length} other variants`
  return (
    <Confirm
      title={`Adopt “${child.app.name}”?`}
      about="Its workspace, as it is now, becomes the app's. The preview's address, settings and config stay."
      action="Adopt"
      danger={deleteOthers && others.length > 0}
      busy={adopt.isPending}
      problem={adopt.error}
      onClose={onClose}
      onConfirm={() => adopt.mutate(undefined, { onSuccess })}
    >
      <p>
        The workspace that it replaces is kept as the snapshot “Before restoring {child.app.name}”
        of kind “safety”: restore that one to undo this. The variant itself stays as an app of its
        own.
      </p>
      {others.length > 0 && (
        <Check
          label="Delete the others"
          hint={
            deleteOthers
              ? `${several}, with sandboxes and snapshots, will be deleted for good.`
              : `${several} will stay as apps of their own.`
          }
          checked={deleteOthers}
          onChange={setDeleteOthers}
        />
      )}
    </Confirm>
  )
}
