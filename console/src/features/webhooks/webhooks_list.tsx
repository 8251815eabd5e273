/** The tenant's webhooks. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { keys } from '~/api/keys'
import type { Problem } from '~/api/problem'
import type { Webhook } from '~/api/types'
import { deleteWebhook, enableWebhook, webhooksQuery } from '~/api/webhooks'
import { Button } from '~/ui/button'
import { Confirm } from '~/ui/confirm'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { Status } from '~/ui/status'

export function WebhooksList() {
  const { data, error } = useQuery(webhooksQuery)
  return (
    <Panel title="Webhooks" flush>
      {data === undefined && (
        <div className="p-4">
          {error === null ? <SkeletonRows rows={3} /> : <ProblemNote problem={error} />}
        </div>
      )}
      {data?.webhooks.length === 0 && (
        <Empty title="No webhooks yet">
          Events are sent to a URL of yours, signed as Standard Webhooks say, and again until it has
          them.
        </Empty>
      )}
      <ul className="divide-y divide-line">
        {data?.webhooks.map(webhook => (
          <WebhookRow key={webhook.id} webhook={webhook} />
        ))}
      </ul>
    </Panel>
  )
}

function WebhookRow({ webhook }: { webhook: Webhook }) {
  const [asked, setAsked] = useState(false)
  const client = useQueryClient()
  const onSuccess = (): Promise<void> => client.invalidateQueries({ queryKey: keys.webhooks })
  const turn = useMutation<unknown, Problem>({
    mutationFn: () => enableWebhook(webhook.id, !webhook.enabled),
    onSuccess,
  })
  const remove = useMutation<unknown, Problem>({
    mutationFn: () => deleteWebhook(webhook.id),
    onSuccess,
  })
  return (
    <li className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-56">
        <Link
          to="/webhooks/$webhook"
          params={{ webhook: webhook.id }}
          className="font-medium hover:underline"
        >
          {webhook.url}
        </Link>
        <p className="text-quiet text-xs">{webhook.events.join(', ') || 'all events'}</p>
        <ProblemNote problem={turn.error} />
      </div>
      <Status
        tone={webhook.enabled ? (webhook.failing_since === undefined ? 'good' : 'warn') : 'quiet'}
        text={stateOf(webhook)}
      />
      <Button onClick={() => turn.mutate()} busy={turn.isPending}>
        {webhook.enabled ? 'Pause' : 'Resume'}
      </Button>
      <Button look="danger" onClick={() => setAsked(true)}>
        Delete
      </Button>
      {asked && (
        <Confirm
          title="Delete the webhook?"
          about="What it wasn’t sent yet isn’t sent any more, and its log goes."
          action="Delete"
          danger
          busy={remove.isPending}
          problem={remove.error}
          onClose={() => setAsked(false)}
          onConfirm={() => remove.mutate()}
        />
      )}
    </li>
  )
}

function stateOf({ enabled, failing_since, disabled_reason }: Webhook): string {
  if (enabled) return failing_since === undefined ? 'sends' : 'failing'
  return disabled_reason === undefined || disabled_reason === 'user'
    ? 'paused'
    : `stopped: ${disabled_reason}`
}
