/** The workers with what they run, and their nodes. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import type { Worker } from '~/api/types'
import { workersQuery } from '~/api/workers'
import { formatName } from '~/ui/format'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { Status } from '~/ui/status'
import { Time } from '~/ui/time'

export function WorkersPanel() {
  const { data, error } = useQuery(workersQuery)
  return (
    <>
      <Panel title="Workers" flush>
        {data === undefined && (
          <div className="p-4">
            {error === null ? <SkeletonRows rows={2} /> : <ProblemNote problem={error} />}
          </div>
        )}
        {data?.workers.length === 0 && <Empty title="No worker has been heard of" />}
        <ul className="divide-y divide-line">
          {data?.workers.map(worker => (
            <WorkerRow key={worker.name} worker={worker} />
          ))}
        </ul>
      </Panel>
      <Panel title="Nodes" flush>
        <ul className="divide-y divide-line">
          {data?.nodes.map(node => (
            <li key={node.name} className="flex flex-col gap-1 px-4 py-3">
              <p className="flex flex-wrap items-center gap-x-4">
                <span className="font-medium">{node.name}</span>
                <Status
                  tone={node.engine_error === null ? 'good' : 'bad'}
                  text={
                    node.engine_error === null ? 'the engine answers' : 'the engine doesn’t answer'
                  }
                />
                <span className="text-quiet">workspaces by {node.driver}</span>
                <span className="text-quiet">firewall {String(node.firewall)}</span>
              </p>
              {[node.engine_error, node.firewall_error].map(
                reason =>
                  reason !== null && (
                    <p key={reason} className="text-bad">
                      {reason}
                    </p>
                  ),
              )}
            </li>
          ))}
        </ul>
      </Panel>
    </>
  )
}

function WorkerRow({ worker }: { worker: Worker }) {
  return (
    <li className="flex flex-col gap-1.5 px-4 py-3">
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <span className="font-mono">{worker.name}</span>
        <Status
          tone={worker.alive ? 'good' : 'bad'}
          text={worker.alive ? 'alive' : 'not heard of'}
        />
        <span className="text-quiet">
          heard of <Time at={worker.seen_at} />
        </span>
        <span className="text-quiet">runs {worker.running}</span>
        <span className="text-quiet">takes {worker.queues.join(', ')}</span>
      </p>
      {worker.operations.map(operation => (
        <p key={operation.id} className="text-xs">
          <Link
            to="/operations/$operation"
            params={{ operation: operation.id }}
            className="underline"
          >
            {formatName(operation.kind)}
          </Link>{' '}
          <span className="text-quiet">
            attempt {operation.attempt}, lease until <Time at={operation.lease_until} clock />
          </span>
        </p>
      ))}
    </li>
  )
}
