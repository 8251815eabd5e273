/** What to do about an operation that failed. */
import type { Operation } from '~/api/types'

export function advice(error: NonNullable<Operation['error']>): string {
  const details = error.details as { failure_reason?: string } | undefined
  if (details?.failure_reason === 'agent_error') {
    return 'The page of the task has what the agent said, and what can be done.'
  }
  switch (error.code) {
    case 'capacity':
      return 'The host has no room for it now. Stop or delete a sandbox, or wait, then try again.'
    case 'quota_exceeded':
      return 'The tenant has as much as it may have. Stop or delete something, then try again.'
    case 'rate_limited':
      return 'Too much was begun at once. Wait a minute, then try again.'
    case 'sandbox_unavailable':
      return 'The sandbox did not answer. Its log may say why; starting it again heals a lost container.'
    case 'conflict':
    case 'operation_in_progress':
      return 'Something else had the sandbox. Look at its state, then try again.'
    case 'not_found':
      return 'What it was to work on is gone.'
    default:
      return error.retryable
        ? 'It may pass by itself: try again. The log has it by the operation’s id.'
        : 'Trying again will not help. The log has it by the operation’s id.'
  }
}
