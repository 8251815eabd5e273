/** What statuses mean to people. */
import type { App, Operation, Sandbox, SandboxStatus } from './types'

export type Tone = 'good' | 'warn' | 'bad' | 'busy' | 'quiet'

const SANDBOX: Record<SandboxStatus, Tone> = {
  creating: 'busy',
  running: 'good',
  stopping: 'busy',
  stopped: 'quiet',
  starting: 'busy',
  restoring: 'busy',
  deleting: 'busy',
  error: 'bad',
}

export function sandboxTone(status: SandboxStatus): Tone {
  return SANDBOX[status]
}

const REASONS: Record<string, string> = {
  idle: 'nobody used it',
  memory_pressure: 'the host was short of memory',
  disk_limit: 'its workspace holds more than it may: delete files, then start it',
  crashed: 'it ended by itself',
  oom: 'it ran out of memory',
  restored: 'a backup was restored',
}

/** Why a sandbox is as it is; what isn't one of the API's own words says it itself. */
export function reasonText(reason: string): string {
  return REASONS[reason] ?? reason
}

const OPERATION: Record<Operation['status'], Tone> = {
  queued: 'quiet',
  running: 'busy',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'warn',
}

export function operationTone(status: Operation['status']): Tone {
  return OPERATION[status]
}

const BUSY: SandboxStatus[] = ['creating', 'stopping', 'starting', 'restoring', 'deleting']

/** Why nothing can be begun with a sandbox now; undefined where something can. */
export function whyBusy(sandbox: Sandbox | undefined): string | undefined {
  if (sandbox === undefined) return 'The sandbox is still being looked up'
  if (BUSY.includes(sandbox.status))
    return `The sandbox is ${sandbox.status}; wait until it is done`
  if (sandbox.active_operation_id !== null) return 'An operation is under way; wait or cancel it'
  return undefined
}

/** A workspace isn't replaced, stopped or taken away under an agent. */
export function whyTaskRuns(sandbox: Sandbox | undefined): string | undefined {
  return (sandbox?.active_task_id ?? null) === null
    ? undefined
    : 'A task is under way; wait for it, or cancel it'
}

/** Why nothing can be begun with an app now. */
export function whyAppBusy(app: App, sandbox: Sandbox | undefined): string | undefined {
  if (app.active_operation_id !== undefined) return 'An operation is under way; wait or cancel it'
  return app.current_sandbox_id === null ? undefined : (whyBusy(sandbox) ?? whyTaskRuns(sandbox))
}
