/** An app's snapshots. */
import { useParams } from '@tanstack/react-router'

import { CaptureForm } from '~/features/snapshots/capture_form'
import { SnapshotsPanel } from '~/features/snapshots/snapshots_panel'
import { useApp } from './use_app'

export function SnapshotsPage() {
  const { app } = useParams({ from: '/apps/$app/snapshots' })
  const { sandbox, why } = useApp(app)
  return (
    <div className="flex flex-col gap-4">
      <CaptureForm app={app} sandbox={sandbox} />
      <SnapshotsPanel app={app} sandbox={sandbox} why={why} />
    </div>
  )
}
