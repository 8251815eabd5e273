/** Starting an operation from a click: what is under way shows from the click on. */
import { useMutation, useMutationState, useQueryClient } from '@tanstack/react-query'

import { showOperation } from './operations'
import type { Problem } from './problem'
import type { Operation } from './types'

const START = 'start-operation'

interface Started {
  app: string
  /** What was clicked, in the words of its control. */
  what: string
}

/** A mutation whose answer is an operation of `app`'s. */
export function useStartOperation<T = void>(
  app: string,
  what: string,
  send: (input: T) => Promise<Operation>,
) {
  const client = useQueryClient()
  return useMutation<Operation, Problem, T>({
    mutationKey: [START, { app, what } satisfies Started],
    mutationFn: send,
    onSuccess: operation => showOperation(client, operation),
  })
}

/** What was clicked and hasn't been answered yet. */
export function useStarting(app: string): string[] {
  const keys = useMutationState({
    filters: { mutationKey: [START], status: 'pending' },
    select: mutation => mutation.options.mutationKey?.[1] as Started,
  })
  return keys.filter(started => started.app === app).map(started => started.what)
}
