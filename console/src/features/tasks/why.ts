/** Why something can't be begun in a sandbox now. */
import { whyTaskRuns } from '~/api/status'
import type { Sandbox } from '~/api/types'

export function whyNoSandbox(sandbox: Sandbox | undefined): string | undefined {
  if (sandbox === undefined) return 'The app has no sandbox yet; make one on its overview'
  if (sandbox.status === 'deleting') return 'The sandbox is being deleted'
  if (sandbox.status === 'error') return 'The sandbox is in error; make it again on the overview'
  return undefined
}

/** Whatever else is under way is waited for by a task. */
export function whyNoTask(sandbox: Sandbox | undefined): string | undefined {
  return whyNoSandbox(sandbox) ?? whyTaskRuns(sandbox)
}

/** A conversation is the agent's own, in the sandbox where it was held. */
export function whyNoContinue(held: string, sandbox: Sandbox | undefined): string | undefined {
  const why = whyNoTask(sandbox)
  if (why !== undefined || sandbox?.id === held) return why
  return 'It was in a sandbox that is gone; run a new task instead'
}
