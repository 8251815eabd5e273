/** How queries behave unless they say otherwise. */
import { QueryClient } from '@tanstack/react-query'

import { asProblem, type Problem } from './problem'

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: Problem
  }
}

const RETRIES = 3

/** Reads are fresh until an event says otherwise; a slow look now and then costs little. */
export function makeQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // A browser that has no network besides may still reach this host.
        networkMode: 'always',
        staleTime: 60_000,
        retry: (count, error) => mayPass(asProblem(error)) && count < RETRIES,
        throwOnError: false,
      },
      mutations: { networkMode: 'always', retry: false },
    },
  })
}

/** Whether asking again may help. */
function mayPass({ status }: Problem): boolean {
  return status === 0 || status === 429 || status >= 500
}
