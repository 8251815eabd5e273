/** An app's config. */
import { useParams } from '@tanstack/react-router'

import { ConfigPanel } from '~/features/config/config_panel'

export function ConfigPage() {
  const { app } = useParams({ from: '/apps/$app/config' })
  return <ConfigPanel app={app} />
}
