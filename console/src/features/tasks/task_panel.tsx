/** Tasks as a part of an app's overview: asking for one, and how the newest goes. */
import { useInfiniteQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'

import { tasksQuery } from '~/api/tasks'
import type { Operation, Sandbox } from '~/api/types'
import { Panel } from '~/ui/panel'
import { PromptForm } from './prompt_form'
import { TaskRow } from './task_row'

interface TaskPanelProps {
  app: string
  sandbox: Sandbox | undefined
  why: string | undefined
  onExplored: (operation: Operation) => void
  aside: ReactNode
}

export function TaskPanel({ app, sandbox, why, onExplored, aside }: TaskPanelProps) {
  const newest = useInfiniteQuery(tasksQuery(app)).data?.pages[0]?.tasks[0]
  return (
    <Panel title="Task" aside={aside} flush>
      <div className="p-4">
        <PromptForm
          app={app}
          sandbox={sandbox}
          why={why}
          onBegun={operation => {
            if (operation.kind === 'app.explore') onExplored(operation)
          }}
        />
      </div>
      {newest !== undefined && (
        <div className="border-line border-t" aria-live="polite">
          <TaskRow task={newest} isOnly />
        </div>
      )}
    </Panel>
  )
}
