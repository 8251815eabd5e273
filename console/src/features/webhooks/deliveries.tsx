/** What a webhook was sent, and what it answered. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { keys } from '~/api/keys'
import type { Problem } from '~/api/problem'
import type { Tone } from '~/api/status'
import type { Delivery } from '~/api/types'
import { deliveriesQuery, redeliver, testWebhook } from '~/api/webhooks'
import { Button } from '~/ui/button'
import { formatDuration } from '~/ui/format'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { Status } from '~/ui/status'
import { Time } from '~/ui/time'

const TONES: Record<Delivery['status'], Tone> = {
  pending: 'busy',
  succeeded: 'good',
  failed: 'bad',
  cancelled: 'quiet',
}

export function Deliveries({ webhook }: { webhook: string }) {
  const client = useQueryClient()
  const list = useInfiniteQuery(deliveriesQuery(webhook))
  const send = useMutation<unknown, Problem, string | undefined>({
    mutationFn: delivery =>
      delivery === undefined ? testWebhook(webhook) : redeliver(webhook, delivery),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.deliveries(webhook) }),
  })
  const all = list.data?.pages.flatMap(page => page.deliveries)
  return (
    <Panel
      title="Deliveries"
      flush
      aside={
        <Button onClick={() => send.mutate(undefined)} busy={send.isPending}>
          Send a test
        </Button>
      }
    >
      <ProblemNote problem={send.error} />
      {all === undefined && (
        <div className="p-4">
          {list.error === null ? <SkeletonRows rows={4} /> : <ProblemNote problem={list.error} />}
        </div>
      )}
      {all?.length === 0 && <Empty title="Nothing was sent yet" />}
      <ul className="divide-y divide-line">
        {all?.map(delivery => (
          <DeliveryRow
            key={delivery.id}
            delivery={delivery}
            onAgain={() => send.mutate(delivery.id)}
          />
        ))}
      </ul>
      {list.hasNextPage && (
        <div className="p-3">
          <Button onClick={() => void list.fetchNextPage()} busy={list.isFetchingNextPage}>
            Show older ones
          </Button>
        </div>
      )}
    </Panel>
  )
}

function DeliveryRow({ delivery, onAgain }: { delivery: Delivery; onAgain: () => void }) {
  const [open, setOpen] = useState(false)
  const { response_status: answered, error, duration_ms } = delivery
  return (
    <li className="px-4 py-2.5">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1.5">
        <Status tone={TONES[delivery.status]} text={delivery.status} />
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="min-w-0 flex-1 basis-40 text-left font-mono hover:underline"
        >
          {delivery.type}
        </button>
        <span className="nums text-quiet text-xs">
          {answered !== undefined && `${answered} · `}
          {duration_ms !== undefined && `${formatDuration(duration_ms)} · `}
          {delivery.attempts} {delivery.attempts === 1 ? 'attempt' : 'attempts'} ·{' '}
          <Time at={delivery.created_at} />
        </span>
        <Button onClick={onAgain} className="h-7 text-xs">
          Send again
        </Button>
      </div>
      {open && (
        <pre className="mt-2 overflow-x-auto whitespace-pre-wrap rounded-md bg-raised px-3 py-2 font-mono text-xs">
          {error ?? delivery.response_excerpt ?? 'The answer had no body.'}
        </pre>
      )}
    </li>
  )
}
