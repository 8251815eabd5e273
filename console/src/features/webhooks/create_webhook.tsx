/** Adding a webhook; its secret is shown once. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'

import { keys } from '~/api/keys'
import type { Problem } from '~/api/problem'
import { createWebhook } from '~/api/webhooks'
import { Button } from '~/ui/button'
import { Copy } from '~/ui/copy'
import { Input } from '~/ui/field'
import { Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'

export function CreateWebhook() {
  const [url, setUrl] = useState('')
  const [events, setEvents] = useState('')
  const client = useQueryClient()
  const create = useMutation<{ secret?: string }, Problem>({
    mutationFn: () =>
      createWebhook(
        url.trim(),
        events
          .split(',')
          .map(one => one.trim())
          .filter(one => one !== ''),
      ),
    onSuccess: () => {
      setUrl('')
      setEvents('')
      void client.invalidateQueries({ queryKey: keys.webhooks })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    create.mutate()
  }
  const wrong = (field: string): string | undefined =>
    create.error?.field === field ? create.error.message : undefined
  return (
    <Panel title="Add a webhook">
      <form onSubmit={submit} className="flex flex-col gap-4">
        <div className="grid gap-4 sm:grid-cols-2">
          <Input
            label="URL"
            type="url"
            required
            maxLength={2_000}
            placeholder="https://"
            value={url}
            onChange={event => setUrl(event.target.value)}
            wrong={wrong('url')}
          />
          <Input
            label="Events"
            placeholder="All"
            value={events}
            onChange={event => setEvents(event.target.value)}
            hint="Such as snapshot.*, task.failed"
            wrong={wrong('events')}
          />
        </div>
        {create.error?.field === undefined && <ProblemNote problem={create.error} />}
        <Button
          type="submit"
          icon={<Plus size={15} />}
          busy={create.isPending}
          className="self-start"
        >
          Add
        </Button>
        {create.data?.secret !== undefined && (
          <div
            role="status"
            className="flex flex-wrap items-center gap-2 rounded-md border border-warn/40 bg-warn/8 px-3 py-2"
          >
            <span>Its secret, which isn’t shown again:</span>
            <code className="font-mono">{create.data.secret}</code>
            <Copy text={create.data.secret} label="Copy the secret" />
          </div>
        )}
      </form>
    </Panel>
  )
}
