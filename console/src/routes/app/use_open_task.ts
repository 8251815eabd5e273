/** Leads to what was begun: a task, or an exploration. */
import { useNavigate } from '@tanstack/react-router'

import type { Operation } from '~/api/types'

export function useOpenTask(app: string): (operation: Operation) => void {
  const navigate = useNavigate()
  return operation => {
    if (operation.kind === 'app.explore') {
      void navigate({
        to: '/apps/$app/tasks/explore/$operation',
        params: { app, operation: operation.id },
      })
    } else if (operation.task_id !== null) {
      void navigate({ to: '/apps/$app/tasks/$task', params: { app, task: operation.task_id } })
    }
  }
}
