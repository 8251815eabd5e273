/** How an operation that failed is begun again, where its row says all that it needs. */
import { deleteApp, deleteSandbox, restoreApp, startSandbox, stopSandbox } from '~/api/actions'
import type { Operation } from '~/api/types'

export function retryOf(operation: Operation): (() => Promise<Operation>) | undefined {
  const { app_id, sandbox_id, snapshot_id } = operation
  const kept = operation.delete_snapshots === true ? 'delete' : 'keep'
  switch (operation.kind) {
    case 'sandbox.start':
      return sandbox_id === null ? undefined : () => startSandbox(sandbox_id)
    case 'sandbox.stop':
      return sandbox_id === null ? undefined : () => stopSandbox(sandbox_id)
    case 'sandbox.delete':
      return sandbox_id === null ? undefined : () => deleteSandbox(sandbox_id)
    case 'app.delete':
      return app_id === null ? undefined : () => deleteApp(app_id, kept)
    case 'app.restore':
      if (app_id === null || snapshot_id === null) return undefined
      return () => restoreApp(app_id, snapshot_id, true)
    default:
      return undefined
  }
}
