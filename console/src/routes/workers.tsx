/** Who works, what waits, and what may be used. */
import { QueuesPanel } from '~/features/workers/queues_panel'
import { QuotasPanel } from '~/features/workers/quotas_panel'
import { WorkersPanel } from '~/features/workers/workers_panel'
import { useTitle } from '~/ui/title'

export function WorkersPage() {
  useTitle('Workers')
  return (
    <div data-testid="workers-page" className="flex flex-col gap-5">
      <h1 className="font-semibold text-xl">Workers</h1>
      <QueuesPanel />
      <WorkersPanel />
      <QuotasPanel />
    </div>
  )
}
