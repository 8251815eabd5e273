/** A terminal in an app's sandbox. */
import { useParams } from '@tanstack/react-router'

import { TerminalView } from '~/features/terminal/terminal_view'
import { Empty } from '~/ui/panel'
import { useApp } from './use_app'

export function TerminalPage() {
  const { app: id } = useParams({ from: '/apps/$app/terminal' })
  const { app, sandbox } = useApp(id)
  if (app !== undefined && app.current_sandbox_id === null) {
    return <Empty title="There is no sandbox">Make one on the overview first.</Empty>
  }
  return sandbox === undefined ? null : <TerminalView app={id} sandbox={sandbox} />
}
