/** Deleting an app, for good. */
import { useState } from 'react'

import { deleteApp } from '~/api/actions'
import type { App } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Button } from '~/ui/button'
import { Confirm } from '~/ui/confirm'
import { Check } from '~/ui/field'
import { Panel } from '~/ui/panel'

interface DeleteAppProps {
  app: App
  why: string | undefined
  onDeleted: () => void
}

export function DeleteApp({ app, why, onDeleted }: DeleteAppProps) {
  const [asked, setAsked] = useState(false)
  const [snapshotsToo, setSnapshotsToo] = useState(false)
  const remove = useStartOperation(app.id, 'Deleting the app', () =>
    deleteApp(app.id, snapshotsToo ? 'delete' : 'keep'),
  )
  return (
    <Panel title="Delete the app">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-quiet">Its sandbox, its workspace and its config go with it.</p>
        <Button look="danger" why={why} onClick={() => setAsked(true)}>
          Delete app
        </Button>
      </div>
      {asked && (
        <Confirm
          title={`Delete “${app.name}”?`}
          about="Its sandbox, its workspace and its config are lost."
          action="Delete app"
          danger
          typed={app.name}
          busy={remove.isPending}
          problem={remove.error}
          onClose={() => setAsked(false)}
          onConfirm={() => remove.mutate(undefined, { onSuccess: onDeleted })}
        >
          <Check
            label="Delete its snapshots too"
            hint={snapshotsToo ? 'Nothing of it remains.' : 'They stay, and can be forked.'}
            checked={snapshotsToo}
            onChange={setSnapshotsToo}
          />
        </Confirm>
      )}
    </Panel>
  )
}
