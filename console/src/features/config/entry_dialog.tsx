/** Adding or changing a config entry. A sensitive value is written and never shown again. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { createEntry, updateEntry } from '~/api/config'
import { keys } from '~/api/keys'
import type { Problem } from '~/api/problem'
import type { AccessPolicy, ConfigEntry } from '~/api/types'
import { Confirm } from '~/ui/confirm'
import { Area, Check, Input, Select } from '~/ui/field'
import { POLICIES } from './policies'

interface EntryDialogProps {
  app: string
  /** The entry to change; a new one, if not said. */
  entry?: ConfigEntry | undefined
  onClose: () => void
}

export function EntryDialog({ app, entry, onClose }: EntryDialogProps) {
  const [key, setKey] = useState(entry?.key ?? '')
  const [value, setValue] = useState(entry?.value ?? '')
  const [sensitive, setSensitive] = useState(entry?.sensitive ?? true)
  const [policy, setPolicy] = useState<AccessPolicy>(entry?.access_policy ?? 'runtime_access')
  const client = useQueryClient()
  const keepsValue = entry?.sensitive === true && value === ''
  const save = useMutation<unknown, Problem>({
    mutationFn: () => {
      const rest = { sensitive, access_policy: policy, ...(keepsValue ? {} : { value }) }
      if (entry !== undefined) return updateEntry(app, entry.key, rest)
      return createEntry(app, { ...rest, key: key.trim(), value })
    },
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.config(app) })
      onClose()
    },
  })
  const wrong = (field: string): string | undefined =>
    save.error?.field === field ? save.error.message : undefined
  return (
    <Confirm
      title={entry === undefined ? 'Add an entry' : `Change ${entry.key}`}
      about="A running sandbox gets it at once: its dev server is started again."
      action="Save"
      busy={save.isPending}
      problem={save.error}
      onClose={onClose}
      onConfirm={() => save.mutate()}
    >
      {entry === undefined && (
        <Input
          label="Key"
          required
          maxLength={256}
          autoComplete="off"
          spellCheck={false}
          value={key}
          onChange={event => setKey(event.target.value)}
          wrong={wrong('key')}
          className="font-mono"
        />
      )}
      <Area
        label="Value"
        rows={3}
        autoComplete="off"
        spellCheck={false}
        value={value}
        placeholder={entry?.sensitive ? 'Unchanged' : undefined}
        onChange={event => setValue(event.target.value)}
        hint={entry?.sensitive ? 'It can’t be shown. Left empty, it stays as it is.' : undefined}
        wrong={wrong('value')}
        className="font-mono"
      />
      <Select label="Reaches" value={policy} options={POLICIES} onChange={setPolicy} />
      <Check
        label="A secret"
        hint="Sealed, and never shown again. To open it, it needs a new value."
        checked={sensitive}
        onChange={setSensitive}
      />
    </Confirm>
  )
}
