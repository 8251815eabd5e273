/** What is around all pages: signed in or not, the live timeline, the bar at the top. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Outlet } from '@tanstack/react-router'
import { useCallback, useEffect, useState } from 'react'

import { whenSignedOut } from '~/api/client'
import { keys } from '~/api/keys'
import type { Liveness } from '~/api/live/feed'
import { follow } from '~/api/live/follow'
import { type SignedOut, sessionQuery, signOut } from '~/api/session'
import type { Session } from '~/api/types'
import { SignIn } from '~/features/session/sign_in'
import { Header } from '~/features/shell/header'
import { ProblemNote } from '~/ui/problem_note'
import { TooltipProvider } from '~/ui/tooltip'

export function Root() {
  const session = useQuery(sessionQuery)
  const leave = useLeave()
  useEffect(() => whenSignedOut(() => leave(true)), [leave])
  if (session.data === undefined) {
    return (
      <main className="mx-auto max-w-md px-5 py-[20vh]">
        {session.error === null ? (
          <p role="status">Connecting…</p>
        ) : (
          <ProblemNote problem={session.error} />
        )}
      </main>
    )
  }
  return (
    <TooltipProvider delayDuration={350}>
      {session.data.session === null ? (
        <SignIn ended={session.data.ended} />
      ) : (
        <Inside session={session.data.session} leave={leave} />
      )}
    </TooltipProvider>
  )
}

/** Forgets all that was shown, and shows the sign-in. */
function useLeave(): (ended: boolean) => void {
  const client = useQueryClient()
  return useCallback(
    ended => {
      client.setQueryData<SignedOut>(keys.session, { session: null, ended })
      client.removeQueries({ predicate: query => query.queryKey[0] !== keys.session[0] })
    },
    [client],
  )
}

interface InsideProps {
  session: Session
  leave: (ended: boolean) => void
}

function Inside({ session, leave }: InsideProps) {
  const client = useQueryClient()
  const [liveness, setLiveness] = useState<Liveness>('connecting')
  const { tenant } = session
  useEffect(
    () => follow({ client, tenant, onLiveness: setLiveness, onRefused: () => leave(true) }),
    [client, tenant, leave],
  )
  return (
    <>
      <a
        href="#page"
        className="-top-12 fixed left-3 z-50 rounded-md bg-accent px-3 py-2 text-on-accent focus:top-3"
      >
        Skip to the page
      </a>
      <Header
        session={session}
        liveness={liveness}
        onSignOut={() => void signOut().finally(() => leave(false))}
      />
      <main
        id="page"
        tabIndex={-1}
        className="mx-auto max-w-[1440px] px-4 py-6 outline-none sm:px-6"
      >
        <Outlet />
      </main>
    </>
  )
}
