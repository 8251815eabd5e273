/** Waiting for an operation's end. */
import { OperationError } from './errors.js'
import type { Operation, OperationResult } from './types.js'

export interface WaitOptions {
  /** Told of the operation whenever it has got further, first and last included. */
  onProgress?: (operation: Operation) => void
  /** Gives the waiting up; the operation goes on. */
  signal?: AbortSignal
}

/** How long one question waits for the end. */
const PATIENT = '30s'
/** The same where somebody watches: no event tells of steps. */
const WATCHED = '1s'

type Ask = (id: string, wait: string, signal?: AbortSignal) => Promise<Operation>

/** Asks until the operation has ended, for its result. Rejects with an `OperationError` where that is no good end. */
export async function waitFor(
  begun: Operation | string,
  ask: Ask,
  { onProgress, signal }: WaitOptions,
): Promise<OperationResult> {
  const watch = onProgress && onlyChanges(onProgress)
  const id = typeof begun === 'string' ? begun : begun.id
  let operation = typeof begun === 'string' ? undefined : begun
  while (operation === undefined || operation.finished_at === null) {
    if (operation !== undefined) watch?.(operation)
    operation = await ask(id, watch ? WATCHED : PATIENT, signal)
  }
  watch?.(operation)
  if (operation.status !== 'succeeded') throw new OperationError(operation)
  return operation.result ?? {}
}

function onlyChanges(tell: (operation: Operation) => void): (operation: Operation) => void {
  let told = ''
  return operation => {
    const { status, attempt, progress, steps, cancel_requested } = operation
    const now = JSON.stringify([status, attempt, progress, steps, cancel_requested])
    if (now !== told) tell(operation)
    told = now
  }
}
