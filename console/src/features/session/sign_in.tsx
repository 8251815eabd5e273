/** Signing in with a token. The URL stays what it was. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'

import { keys } from '~/api/keys'
import type { Problem } from '~/api/problem'
import { signIn } from '~/api/session'
import { Button } from '~/ui/button'
import { Input } from '~/ui/field'
import { Mark } from '~/ui/mark'
import { ProblemNote } from '~/ui/problem_note'

export function SignIn({ ended }: { ended: boolean }) {
  const [token, setToken] = useState('')
  const client = useQueryClient()
  const enter = useMutation<void, Problem, string>({
    mutationFn: signIn,
    onSuccess: () => {
      setToken('')
      return client.resetQueries({ queryKey: keys.session })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (token.trim() !== '') enter.mutate(token.trim())
  }
  return (
    <main className="mx-auto flex min-h-dvh max-w-sm flex-col justify-center gap-6 px-5 pb-[18vh]">
      <header className="flex items-center gap-3">
        <Mark size={32} />
        <h1 className="font-semibold text-xl">Sign in to sandboxd</h1>
      </header>
      {ended && (
        <p role="status" className="rounded-md border border-warn/40 bg-warn/8 px-3 py-2.5">
          Your session has ended, or its token was revoked. Sign in again to go on where you were.
        </p>
      )}
      <form onSubmit={submit} className="flex flex-col gap-4">
        <Input
          label="Token"
          type="password"
          autoComplete="current-password"
          autoFocus
          required
          value={token}
          onChange={event => setToken(event.target.value)}
          hint="It was printed at the first start, and is in the data directory's file “token”."
          wrong={enter.error?.code === 'unauthorized' ? 'No tenant has this token.' : undefined}
        />
        {enter.error?.code !== 'unauthorized' && <ProblemNote problem={enter.error} />}
        <Button type="submit" look="primary" busy={enter.isPending} className="h-9">
          Sign in
        </Button>
      </form>
    </main>
  )
}
