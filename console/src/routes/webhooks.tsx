/** The tenant's webhooks. */
import { CreateWebhook } from '~/features/webhooks/create_webhook'
import { WebhooksList } from '~/features/webhooks/webhooks_list'
import { useTitle } from '~/ui/title'

export function WebhooksPage() {
  useTitle('Webhooks')
  return (
    <div className="flex flex-col gap-5">
      <h1 className="font-semibold text-xl">Webhooks</h1>
      <CreateWebhook />
      <WebhooksList />
    </div>
  )
}
