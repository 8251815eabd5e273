/** What was asked, how it goes, and what can be done about it. */

import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ArrowLeft, Play, RotateCcw, X } from 'lucide-react'
import { useState } from 'react'

import { cancelTask, runTask } from '~/api/actions'
import { operationTone } from '~/api/status'
import { checkpointQuery, isOver } from '~/api/tasks'
import type { Operation, Sandbox, Task } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Button } from '~/ui/button'
import { formatDuration } from '~/ui/format'
import { useNow } from '~/ui/now'
import { ProblemNote } from '~/ui/problem_note'
import { Status } from '~/ui/status'
import { Time } from '~/ui/time'
import { again } from './asked'
import { whyNoUndo } from './undo'
import { UndoDialog } from './undo_dialog'
import { whyNoTask } from './why'

interface TaskHeadProps {
  task: Task
  sandbox: Sandbox | undefined
  /** Why the app can't be restored now. */
  why: string | undefined
  onBegun: (operation: Operation) => void
}

export function TaskHead({ task, sandbox, why, onBegun }: TaskHeadProps) {
  return (
    <div className="flex flex-col gap-3">
      <Link
        to="/apps/$app/tasks"
        params={{ app: task.app_id }}
        className="inline-flex items-center gap-1.5 self-start text-quiet hover:text-ink"
      >
        <ArrowLeft size={14} aria-hidden /> All tasks
      </Link>
      <h2
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long one scrolls
        tabIndex={0}
        className="max-h-40 overflow-y-auto whitespace-pre-wrap font-medium text-base"
      >
        {task.prompt}
      </h2>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Status tone={operationTone(task.status)} text={task.status} testId="task-status" />
        <p className="text-quiet">
          {task.agent}
          {task.model !== null && ` · ${task.model}`} · <Time at={task.created_at} /> ·{' '}
          <Elapsed task={task} />
          {task.continue_task_id !== null && (
            <>
              {' · continues '}
              <Link
                to="/apps/$app/tasks/$task"
                params={{ app: task.app_id, task: task.continue_task_id }}
                className="underline"
              >
                an earlier one
              </Link>
            </>
          )}
        </p>
        <Actions task={task} sandbox={sandbox} why={why} onBegun={onBegun} />
      </div>
    </div>
  )
}

function Elapsed({ task }: { task: Task }) {
  const now = useNow(isOver(task) ? 'still' : 'quick')
  const begun = Date.parse(task.started_at ?? task.created_at)
  const ms = task.duration_ms ?? (isOver(task) ? 0 : now - begun)
  return <span className="nums">{formatDuration(ms)}</span>
}

function Actions({ task, sandbox, why, onBegun }: TaskHeadProps) {
  const [asked, setAsked] = useState(false)
  const over = isOver(task)
  const cancel = useStartOperation(task.app_id, 'Cancelling the task', () =>
    cancelTask(task.sandbox_id, task.id),
  )
  const rerun = useStartOperation(task.app_id, 'Handing the prompt over again', () =>
    runTask(sandbox?.id ?? '', again(task)),
  )
  const before = task.checkpoint_before
  const checkpoint = useQuery({
    ...checkpointQuery(before ?? ''),
    enabled: before !== null && over,
  })
  return (
    <div className="flex flex-col gap-2 sm:ml-auto">
      <div className="flex flex-wrap gap-2">
        {over ? (
          <>
            <Button
              icon={<RotateCcw size={14} />}
              why={whyNoUndo(task, checkpoint.data, checkpoint.error) ?? why}
              onClick={() => setAsked(true)}
            >
              Undo
            </Button>
            <Button
              icon={<Play size={14} />}
              why={whyNoTask(sandbox)}
              busy={rerun.isPending}
              onClick={() => rerun.mutate(undefined, { onSuccess: onBegun })}
            >
              Run again
            </Button>
          </>
        ) : (
          <Button
            data-testid="cancel-task"
            look="danger"
            icon={<X size={15} />}
            why={cancel.data === undefined ? undefined : 'It is being cancelled'}
            busy={cancel.isPending}
            onClick={() => cancel.mutate()}
          >
            {cancel.data === undefined ? 'Cancel' : 'Cancelling'}
          </Button>
        )}
      </div>
      <ProblemNote problem={cancel.error ?? rerun.error} />
      {asked && checkpoint.data !== undefined && (
        <UndoDialog
          task={task}
          checkpoint={checkpoint.data}
          onClose={() => setAsked(false)}
          onBegun={onBegun}
        />
      )}
    </div>
  )
}
