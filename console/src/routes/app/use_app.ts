/** An app with its sandbox, as all parts of its page need them. */
import { useQuery } from '@tanstack/react-query'

import { appQuery, sandboxQuery } from '~/api/apps'
import type { Problem } from '~/api/problem'
import { whyAppBusy } from '~/api/status'
import type { App, Sandbox } from '~/api/types'

interface AppState {
  app: App | undefined
  sandbox: Sandbox | undefined
  problem: Problem | null
  /** Why nothing can be begun with it now. */
  why: string | undefined
}

export function useApp(id: string): AppState {
  const app = useQuery(appQuery(id))
  const current = app.data?.current_sandbox_id ?? null
  const found = useQuery({ ...sandboxQuery(current ?? ''), enabled: current !== null })
  const sandbox = current === null ? undefined : found.data
  const why = app.data === undefined ? 'The app is being looked up' : whyAppBusy(app.data, sandbox)
  return { app: app.data, sandbox, problem: app.error, why }
}
