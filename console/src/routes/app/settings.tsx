/** An app's settings. */
import { useNavigate, useParams } from '@tanstack/react-router'

import { AppSettings } from '~/features/settings/app_settings'
import { DeleteApp } from '~/features/settings/delete_app'
import { PreviewLinks } from '~/features/settings/preview_links'
import { SandboxSettings } from '~/features/settings/sandbox_settings'
import { useApp } from './use_app'

export function SettingsPage() {
  const { app: id } = useParams({ from: '/apps/$app/settings' })
  const navigate = useNavigate()
  const { app, sandbox, why } = useApp(id)
  if (app === undefined) return null
  return (
    <div className="flex flex-col gap-5">
      <AppSettings app={app} />
      {sandbox !== undefined && <SandboxSettings key={sandbox.id} sandbox={sandbox} />}
      {sandbox?.visibility === 'private' && <PreviewLinks sandbox={sandbox} />}
      <DeleteApp app={app} why={why} onDeleted={() => void navigate({ to: '/' })} />
    </div>
  )
}
