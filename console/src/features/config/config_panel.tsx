/** An app's config: its keys, whom they reach, and values that aren't secret. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Pencil, Plus, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { configQuery, deleteEntry } from '~/api/config'
import { keys } from '~/api/keys'
import type { Problem } from '~/api/problem'
import type { ConfigEntry } from '~/api/types'
import { Button } from '~/ui/button'
import { Confirm } from '~/ui/confirm'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { Badge } from '~/ui/status'
import { Time } from '~/ui/time'
import { EntryDialog } from './entry_dialog'
import { policyName } from './policies'

type Asked = { what: 'add' } | { what: 'change' | 'delete'; entry: ConfigEntry }

export function ConfigPanel({ app }: { app: string }) {
  const [asked, setAsked] = useState<Asked>()
  const { data, error } = useQuery(configQuery(app))
  const close = (): void => setAsked(undefined)
  return (
    <Panel
      title="Config"
      flush
      aside={
        <Button icon={<Plus size={14} />} onClick={() => setAsked({ what: 'add' })}>
          Add
        </Button>
      }
    >
      {data === undefined && (
        <div className="p-4">
          {error === null ? <SkeletonRows rows={3} /> : <ProblemNote problem={error} />}
        </div>
      )}
      {data?.config.length === 0 && (
        <Empty title="No config yet">
          Keys and secrets for the dev server and for agents. They are sealed, and are in no
          container’s settings, event, log or snapshot.
        </Empty>
      )}
      <ul className="divide-y divide-line">
        {data?.config.map(entry => (
          <li key={entry.key} className="flex flex-wrap items-center gap-x-4 gap-y-1.5 px-4 py-2.5">
            <div className="min-w-0 flex-1 basis-56">
              <p className="flex flex-wrap items-center gap-2 font-mono">
                {entry.key} {entry.sensitive && <Badge>secret</Badge>}
              </p>
              <p className="truncate text-quiet text-xs">
                {entry.sensitive ? '••••••••' : <code>{entry.value}</code>}
              </p>
            </div>
            <p className="text-quiet text-xs">
              {policyName(entry.access_policy)} · <Time at={entry.updated_at} />
            </p>
            <span className="flex">
              <Button
                look="bare"
                label={`Change ${entry.key}`}
                icon={<Pencil size={14} />}
                onClick={() => setAsked({ what: 'change', entry })}
              />
              <Button
                look="bare"
                label={`Delete ${entry.key}`}
                icon={<Trash2 size={14} />}
                onClick={() => setAsked({ what: 'delete', entry })}
              />
            </span>
          </li>
        ))}
      </ul>
      {asked?.what === 'add' && <EntryDialog app={app} onClose={close} />}
      {asked?.what === 'change' && <EntryDialog app={app} entry={asked.entry} onClose={close} />}
      {asked?.what === 'delete' && <DeleteEntry app={app} entry={asked.entry} onClose={close} />}
    </Panel>
  )
}

interface DeleteEntryProps {
  app: string
  entry: ConfigEntry
  onClose: () => void
}

function DeleteEntry({ app, entry, onClose }: DeleteEntryProps) {
  const client = useQueryClient()
  const remove = useMutation<unknown, Problem>({
    mutationFn: () => deleteEntry(app, entry.key),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.config(app) })
      onClose()
    },
  })
  return (
    <Confirm
      title={`Delete ${entry.key}?`}
      about="The dev server is started again without it."
      action="Delete"
      danger
      busy={remove.isPending}
      problem={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
    />
  )
}
