/** What to do about a task that did not succeed. */
import type { Task } from '~/api/types'

export function advice({ failure_reason, error_message }: Task): string | undefined {
  const said = error_message ?? ''
  switch (failure_reason) {
    case null:
    case 'cancelled':
      return undefined
    case 'agent_timeout':
      return 'Run it again with more time, or ask for less at once. Continue goes on from what is there.'
    case 'agent_error':
      if (/API_KEY|AUTH_TOKEN|OAUTH_TOKEN|\b401\b|\b403\b/.test(said)) {
        return 'Look at the agent’s key in the config: it must be valid, and agents must have access to it.'
      }
      if (said.includes('memory')) {
        return 'Give the sandbox more memory (limits of a new sandbox), then run it again.'
      }
      if (said.includes('image')) return 'Build an image that has the agent, or ask another agent.'
      return 'The log has what the agent said. What it had changed is kept: undo that, or go on from it.'
    case 'sandbox_unavailable':
      return 'Start the sandbox and look at its log, then run the task again. What was changed is kept.'
    case 'internal':
      return 'Run it again. If it fails again, the log of the worker has it by the operation’s id.'
  }
}
