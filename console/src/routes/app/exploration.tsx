/** One exploration: its children side by side. */
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'
import { useState } from 'react'

import { operationQuery } from '~/api/operations'
import { PreviewFrame } from '~/features/app/preview_frame'
import { OperationCard } from '~/features/progress/operation_card'
import { Exploration } from '~/features/tasks/exploration'
import { Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { useApp } from './use_app'

export function ExplorationPage() {
  const { app, operation: id } = useParams({ from: '/apps/$app/tasks/explore/$operation' })
  const { sandbox, why } = useApp(app)
  const { data: operation, error } = useQuery(operationQuery(id))
  const [adopting, setAdopting] = useState<string>()
  if (operation === undefined) {
    return error === null ? <SkeletonRows /> : <ProblemNote problem={error} />
  }
  return (
    <div className="flex flex-col gap-5">
      {adopting !== undefined && (
        <Panel title="Adopting" flush>
          <OperationCard id={adopting} />
        </Panel>
      )}
      <Exploration
        app={app}
        sandbox={sandbox}
        operation={operation}
        why={why}
        preview={child => (
          <PreviewFrame
            sandbox={child}
            port={child.ports[0] ?? 3000}
            height="h-full"
            title={`Preview of ${child.id}`}
          />
        )}
        onAdopted={begun => setAdopting(begun.id)}
      />
      <Panel title="Steps" flush>
        <OperationCard id={id} />
      </Panel>
    </div>
  )
}
