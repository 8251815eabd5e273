/** Which of the things that are shown an event has changed. */
import { keys } from '../keys'
import type { TimelineEvent } from '../types'

type Key = readonly unknown[]

const WRITES =
  /^(sandbox\.started|sandbox\.created|snapshot\.restored|task\.(completed|failed|cancelled))$/

export function touched(event: TimelineEvent): Key[] {
  const { type, app_id, sandbox_id, operation_id, task_id } = event
  const [noun] = type.split('.')
  const found: Key[] = []
  if (sandbox_id !== undefined) found.push(keys.sandbox(sandbox_id))
  if (operation_id !== undefined) {
    found.push(keys.operation(operation_id), keys.operations(), keys.queues, keys.workers)
  }
  if (app_id !== undefined && (noun === 'app' || noun === 'sandbox' || noun === 'snapshot')) {
    found.push(keys.app(app_id))
  }
  // What starts, restores or works in a sandbox writes files.
  if (sandbox_id !== undefined && WRITES.test(type)) found.push(keys.files(sandbox_id))
  if (noun === 'app' || type.startsWith('snapshot.fork')) found.push(keys.apps())
  if (app_id !== undefined && (noun === 'snapshot' || noun === 'task')) {
    found.push(keys.snapshots(app_id))
  }
  if (app_id !== undefined && noun === 'config') {
    found.push(keys.config(app_id), keys.agents(app_id))
  }
  if (noun === 'task') {
    if (task_id !== undefined) found.push(keys.task(task_id))
    if (app_id !== undefined) found.push(keys.tasks(app_id))
  }
  return found
}
