/** Who is signed in. The token goes out once, and what stays is a cookie that scripts can't read. */
import { queryOptions } from '@tanstack/react-query'

import { api, setCsrfToken, take } from './client'
import { keys } from './keys'
import { Problem } from './problem'
import type { Session } from './types'

export const sessionQuery = queryOptions({
  queryKey: keys.session,
  queryFn: readSession,
  staleTime: Number.POSITIVE_INFINITY,
  retry: (count, error) => !(error instanceof Problem && error.status !== 0) && count < 5,
})

/** Signed in as somebody, or not; then perhaps because a session has ended. */
type SignedIn = { session: Session }
export type SignedOut = { session: null; ended: boolean }

async function readSession(): Promise<SignedIn | SignedOut> {
  try {
    const session = await take(api.GET('/v1/session'))
    setCsrfToken(session.csrf_token)
    return { session }
  } catch (error) {
    if (error instanceof Problem && error.status === 401) return { session: null, ended: false }
    throw error
  }
}

export async function signIn(token: string): Promise<void> {
  const made = await take(api.POST('/v1/session', { body: { token } }))
  setCsrfToken(made.csrf_token)
}

export async function signOut(): Promise<void> {
  await take(api.DELETE('/v1/session'))
  setCsrfToken(undefined)
}
