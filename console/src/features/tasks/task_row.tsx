/** A task among others. */
import { Link } from '@tanstack/react-router'

import { operationTone } from '~/api/status'
import type { Task } from '~/api/types'
import { formatDuration } from '~/ui/format'
import { firstLine } from '~/ui/plain'
import { Badge, Status } from '~/ui/status'
import { Time } from '~/ui/time'

interface TaskRowProps {
  task: Task
  /** Its status has the page's one test id. */
  isOnly?: boolean
}

export function TaskRow({ task, isOnly = false }: TaskRowProps) {
  return (
    <div
      data-testid={`task-${task.id}`}
      className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2.5"
    >
      <div className="min-w-0 flex-1 basis-52">
        <Link
          to="/apps/$app/tasks/$task"
          params={{ app: task.app_id, task: task.id }}
          className="block truncate font-medium hover:underline"
        >
          {firstLine(task.prompt)}
        </Link>
        <p className="text-quiet text-xs">
          {task.agent} · <Time at={task.created_at} />
          {task.duration_ms !== null && ` · ${formatDuration(task.duration_ms)}`}
          {task.files_changed !== null && ` · ${countFiles(task.files_changed.length)}`}
        </p>
      </div>
      {task.continue_task_id !== null && <Badge>continued</Badge>}
      {task.build_ok === false && <Badge tone="bad">build fails</Badge>}
      <span className="text-xs">
        <Status
          tone={operationTone(task.status)}
          text={task.status}
          {...(isOnly ? { testId: 'task-status' } : {})}
        />
      </span>
    </div>
  )
}

export function countFiles(count: number): string {
  if (count === 0) return 'no files changed'
  return count === 1 ? '1 file changed' : `${count} files changed`
}
