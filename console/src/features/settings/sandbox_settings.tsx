/** What of a sandbox can be changed: who sees its preview, and when it sleeps. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'

import { api, take } from '~/api/client'
import { keys } from '~/api/keys'
import type { Problem } from '~/api/problem'
import type { Sandbox } from '~/api/types'
import { Button } from '~/ui/button'
import { Input, Select } from '~/ui/field'
import { formatBytes } from '~/ui/format'
import { Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'

const VISIBILITIES = [
  ['public', 'Public: who knows the address'],
  ['private', 'Private: who has a link'],
] as const
const POLICIES = [
  ['sleep', 'Sleeps when it is idle, and wakes when it is visited'],
  ['always_on', 'Always on'],
] as const

export function SandboxSettings({ sandbox }: { sandbox: Sandbox }) {
  const [visibility, setVisibility] = useState(sandbox.visibility)
  const [policy, setPolicy] = useState(sandbox.idle_policy)
  const [after, setAfter] = useState(sandbox.idle_after)
  const client = useQueryClient()
  const save = useMutation<Sandbox, Problem>({
    mutationFn: () =>
      take(
        api.PATCH('/v1/sandboxes/{id}', {
          params: { path: { id: sandbox.id } },
          body: { visibility, idle_policy: policy, idle_after: after.trim() },
        }),
      ),
    onSuccess: next => client.setQueryData(keys.sandbox(next.id), next),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    save.mutate()
  }
  const { limits } = sandbox
  return (
    <Panel title="Sandbox">
      <form onSubmit={submit} className="flex max-w-lg flex-col gap-4">
        <Select
          label="Preview"
          value={visibility}
          options={VISIBILITIES}
          onChange={setVisibility}
        />
        <Select label="When idle" value={policy} options={POLICIES} onChange={setPolicy} />
        {policy === 'sleep' && (
          <Input
            label="Idle after"
            value={after}
            onChange={event => setAfter(event.target.value)}
            hint="Such as 10m or 2h; 0s is never."
            wrong={save.error?.field === 'idle_after' ? save.error.message : undefined}
          />
        )}
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1">
          <dt className="text-quiet">Memory</dt>
          <dd>{formatBytes(limits.memory_bytes)}</dd>
          <dt className="text-quiet">Processors</dt>
          <dd>{limits.cpus}</dd>
          <dt className="text-quiet">Processes</dt>
          <dd>{limits.pids}</dd>
          <dt className="text-quiet">Disk</dt>
          <dd>{formatBytes(limits.disk_bytes)}</dd>
        </dl>
        {save.error?.field !== 'idle_after' && <ProblemNote problem={save.error} />}
        <div className="flex items-center gap-3">
          <Button type="submit" look="primary" busy={save.isPending}>
            Save
          </Button>
          <span role="status" className="text-good">
            {save.isSuccess && 'Saved'}
          </span>
        </div>
      </form>
    </Panel>
  )
}
