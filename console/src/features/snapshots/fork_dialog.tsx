/** Forking a snapshot into new apps. */
import { useState } from 'react'

import { forkApp } from '~/api/actions'
import type { Snapshot } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Confirm } from '~/ui/confirm'
import { Check, Input } from '~/ui/field'

const MOST = 16

interface ForkDialogProps {
  app: string
  snapshot: Snapshot
  onClose: () => void
}

export function ForkDialog({ app, snapshot, onClose }: ForkDialogProps) {
  const [name, setName] = useState('')
  const [count, setCount] = useState(1)
  const [copyConfig, setCopyConfig] = useState(false)
  const [keepGit, setKeepGit] = useState(false)
  const fork = useStartOperation(app, `Forking “${snapshot.name}”`, () =>
    forkApp(app, {
      snapshot_id: snapshot.id,
      ...(name.trim() === '' ? {} : { name: name.trim() }),
      count,
      copy_config: copyConfig,
      git: keepGit ? 'keep' : 'reset',
    }),
  )
  return (
    <Confirm
      title={`Fork “${snapshot.name}”`}
      about="Each fork is an app of its own that begins with this workspace. This app isn't touched."
      action={count === 1 ? 'Fork' : `Make ${count} forks`}
      busy={fork.isPending}
      problem={fork.error}
      onClose={onClose}
      onConfirm={() => fork.mutate(undefined, { onSuccess: onClose })}
    >
      <Input
        label="Name"
        placeholder="The app's name with “(fork)”"
        maxLength={200}
        value={name}
        onChange={event => setName(event.target.value)}
        wrong={fork.error?.field === 'name' ? fork.error.message : undefined}
      />
      <Input
        label="How many"
        type="number"
        min={1}
        max={MOST}
        value={count}
        onChange={event => setCount(Math.min(MOST, Math.max(1, event.target.valueAsNumber || 1)))}
        hint={`At most ${MOST}; they share their storage.`}
      />
      <Check
        label="Copy the config with its secrets"
        checked={copyConfig}
        onChange={setCopyConfig}
      />
      <Check label="Keep the git history" checked={keepGit} onChange={setKeepGit} />
    </Confirm>
  )
}
