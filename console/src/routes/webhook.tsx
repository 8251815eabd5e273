/** One webhook with what it was sent. */
import { useQuery } from '@tanstack/react-query'
import { useParams } from '@tanstack/react-router'

import { webhooksQuery } from '~/api/webhooks'
import { Deliveries } from '~/features/webhooks/deliveries'
import { useTitle } from '~/ui/title'

export function WebhookPage() {
  const { webhook: id } = useParams({ from: '/webhooks/$webhook' })
  const webhook = useQuery(webhooksQuery).data?.webhooks.find(one => one.id === id)
  useTitle('Webhook')
  return (
    <div className="flex flex-col gap-5">
      <h1 className="font-semibold text-xl">{webhook?.url ?? 'Webhook'}</h1>
      <Deliveries webhook={id} />
    </div>
  )
}
