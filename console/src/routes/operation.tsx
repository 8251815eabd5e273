/** One operation with its part of the timeline. */
import { useParams } from '@tanstack/react-router'
import { OperationCard } from '~/features/progress/operation_card'
import { Timeline } from '~/features/timeline/timeline'
import { Panel } from '~/ui/panel'
import { useTitle } from '~/ui/title'

export function OperationPage() {
  const { operation } = useParams({ from: '/operations/$operation' })
  useTitle('Operation')
  return (
    <div className="flex flex-col gap-5">
      <h1 className="font-semibold text-xl">
        Operation <code className="font-mono font-normal text-base text-quiet">{operation}</code>
      </h1>
      <div className="rounded-lg border border-line bg-surface">
        <OperationCard id={operation} linked />
      </div>
      <Panel title="Timeline" flush>
        <Timeline filter={{ operation_id: operation }} />
      </Panel>
    </div>
  )
}
