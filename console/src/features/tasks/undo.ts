/** Whether a task can be undone. */
import type { Problem } from '~/api/problem'
import type { Snapshot, Task } from '~/api/types'

export function whyNoUndo(
  task: Task,
  checkpoint: Snapshot | undefined,
  problem: Problem | null,
): string | undefined {
  if (task.checkpoint_before === null) return 'Nothing was captured before it'
  if (problem?.code === 'not_found') {
    return 'Its checkpoint is gone: only the newest ones are kept, and those that have a name'
  }
  if (checkpoint === undefined) return 'Its checkpoint is being looked up'
  return checkpoint.status === 'ready' ? undefined : `Its checkpoint is ${checkpoint.status}`
}

/** How many tasks of the app ended after this one: an undo takes their work back, too. */
export function laterOnes(task: Task, tasks: readonly Task[]): number {
  return tasks.filter(other => other.id > task.id && other.started_at !== null).length
}
