/** Undoing a task: what goes, and what of it is kept. */
import { useInfiniteQuery } from '@tanstack/react-query'

import { restoreApp } from '~/api/actions'
import { tasksQuery } from '~/api/tasks'
import type { Operation, Snapshot, Task } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Confirm } from '~/ui/confirm'
import { formatMoment } from '~/ui/format'
import { countFiles } from './task_row'
import { laterOnes } from './undo'

interface UndoDialogProps {
  task: Task
  checkpoint: Snapshot
  onClose: () => void
  onBegun: (operation: Operation) => void
}

export function UndoDialog({ task, checkpoint, onClose, onBegun }: UndoDialogProps) {
  const tasks = useInfiniteQuery(tasksQuery(task.app_id)).data?.pages.flatMap(page => page.tasks)
  const later = laterOnes(task, tasks ?? [])
  const undo = useStartOperation(task.app_id, 'Undoing the task', () =>
    restoreApp(task.app_id, checkpoint.id, true),
  )
  const onSuccess = (operation: Operation): void => {
    onClose()
    onBegun(operation)
  }
  return (
    <Confirm
      title="Undo this task?"
      about={`The workspace becomes what it was before the task, on ${formatMoment(Date.parse(checkpoint.created_at))}. The preview's address, settings and config stay.`}
      action="Undo"
      busy={undo.isPending}
      problem={undo.error}
      onClose={onClose}
      onConfirm={() => undo.mutate(undefined, { onSuccess })}
    >
      <ul className="flex list-disc flex-col gap-1 pl-5">
        {task.files_changed !== null && (
          <li>Taken back: {countFiles(task.files_changed.length)} by this task.</li>
        )}
        {later > 0 && (
          <li>
            Taken back, too: {later === 1 ? 'a later task' : `${later} later tasks`}, and whatever
            was changed by hand since.
          </li>
        )}
        <li>
          Kept: the workspace as it is now, as the snapshot “Before restoring {checkpoint.name}” of
          kind “safety”. Restore that one to undo this.
        </li>
      </ul>
    </Confirm>
  )
}
