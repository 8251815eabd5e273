/** One task: what was asked, what is said, what it came to. */
import { useQuery } from '@tanstack/react-query'
import { Link, useParams } from '@tanstack/react-router'
import { useState } from 'react'

import { isOver, taskQuery } from '~/api/tasks'
import type { Operation } from '~/api/types'
import { Preview } from '~/features/app/preview'
import { OperationCard } from '~/features/progress/operation_card'
import { ContinueForm } from '~/features/tasks/continue_form'
import { TaskHead } from '~/features/tasks/task_head'
import { TaskLog } from '~/features/tasks/task_log'
import { TaskResult } from '~/features/tasks/task_result'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { useApp } from './use_app'
import { useOpenTask } from './use_open_task'

/** Where there is room for one only, what it came to comes before what can be done next. */
const COLUMN = 'flex min-w-0 flex-col gap-5 max-lg:contents'

export function TaskPage() {
  const { app, task: id } = useParams({ from: '/apps/$app/tasks/$task' })
  // What is shown of one task is no beginning for another's.
  return <OneTask key={id} app={app} id={id} />
}

function OneTask({ app, id }: { app: string; id: string }) {
  const { sandbox, why } = useApp(app)
  const { data: task, error } = useQuery(taskQuery(app, id))
  const [undoing, setUndoing] = useState<string>()
  const open = useOpenTask(app)
  if (error?.code === 'not_found') {
    return (
      <Empty title="There is no such task">
        <Link to="/apps/$app/tasks" params={{ app }} className="underline">
          All tasks of this app
        </Link>
      </Empty>
    )
  }
  if (task === undefined) return error === null ? <SkeletonRows /> : <ProblemNote problem={error} />
  const begun = (operation: Operation): void => {
    if (operation.kind === 'app.restore') setUndoing(operation.id)
    else open(operation)
  }
  const its = sandbox?.id === task.sandbox_id ? sandbox : undefined
  return (
    <div className="flex flex-col gap-5">
      <TaskHead task={task} sandbox={sandbox} why={why} onBegun={begun} />
      <div className="flex flex-col gap-5 lg:grid lg:grid-cols-[minmax(0,1fr)_minmax(22rem,30rem)] lg:items-start">
        <div className={COLUMN}>
          <TaskLog task={task} />
          {isOver(task) && task.agent !== 'command' && (
            <Panel title="Continue" className="max-lg:order-1">
              <ContinueForm task={task} sandbox={sandbox} onBegun={begun} />
            </Panel>
          )}
          {its !== undefined && its.status !== 'error' && (
            <div className="max-lg:order-1">
              <Preview sandbox={its} />
            </div>
          )}
        </div>
        <div className={COLUMN}>
          {undoing !== undefined && (
            <Panel title="Undoing" className="max-lg:-order-1" flush>
              <OperationCard id={undoing} />
            </Panel>
          )}
          {isOver(task) && <TaskResult task={task} />}
          <Panel title="Steps" className="max-lg:order-1" flush>
            <OperationCard id={task.operation_id} />
          </Panel>
        </div>
      </div>
    </div>
  )
}
