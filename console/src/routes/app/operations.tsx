/** An app's operations. */
import { useParams } from '@tanstack/react-router'

import { OperationsList } from '~/features/progress/operations_list'

export function AppOperationsPage() {
  const { app } = useParams({ from: '/apps/$app/operations' })
  return <OperationsList filter={{ app_id: app }} />
}
