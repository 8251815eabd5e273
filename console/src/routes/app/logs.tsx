/** The log of an app's dev server. */
import { useParams } from '@tanstack/react-router'

import { LogView } from '~/features/logs/log_view'
import { Empty } from '~/ui/panel'
import { useApp } from './use_app'

export function LogsPage() {
  const { app } = useParams({ from: '/apps/$app/logs' })
  const { sandbox } = useApp(app)
  return sandbox === undefined ? (
    <Empty title="There is no sandbox" />
  ) : (
    <LogView sandbox={sandbox} />
  )
}
