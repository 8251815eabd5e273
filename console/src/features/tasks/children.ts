/** The children of an exploration. */
import { isActive } from '~/api/operations'
import { isOver } from '~/api/tasks'
import type { App, ForkedChild, Operation, Sandbox, Task } from '~/api/types'

/** A child whose app is there. */
export interface Child {
  app: App
  sandbox: Sandbox | undefined
  task: Task | undefined
}

function childrenOf(operation: Operation): ForkedChild[] {
  return operation.result?.children ?? []
}

/** Those that are there, in the order in which they were made. */
export function present(operation: Operation): Child[] {
  return childrenOf(operation).flatMap(({ app, sandbox, task }) =>
    app === undefined ? [] : [{ app, sandbox, task }],
  )
}

/** The prompt, which each child's task has. */
export function promptOf(operation: Operation): string | undefined {
  return childrenOf(operation).find(child => child.task !== undefined)?.task?.prompt
}

/** How far it is, in words. */
export function progressOf(operation: Operation): string {
  const all = childrenOf(operation)
  const tasks = all.flatMap(({ task }) => (task === undefined ? [] : [task]))
  const over = tasks.filter(isOver).length
  if (isActive(operation)) {
    return tasks.length === 0 ? 'making the children' : `${over} of ${all.length} done`
  }
  const good = tasks.filter(task => task.status === 'succeeded').length
  return `${good} of ${all.length} succeeded`
}

/** Why a child can't be adopted. */
export function whyNotAdopted({ sandbox, task }: Child): string | undefined {
  if (sandbox === undefined) return 'It has no sandbox any more'
  if (task !== undefined && !isOver(task)) return 'Its agent is still at work'
  if (sandbox.active_task_id !== null) return 'A task is under way in it'
  return undefined
}
