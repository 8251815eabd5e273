/** What an operation that waits is waiting for. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'

import { operationsQuery, queuesQuery } from '~/api/operations'
import type { Operation, OperationKind } from '~/api/types'

type QueueClass = 'control' | 'snapshot' | 'task'

const CLASSES: Partial<Record<OperationKind, QueueClass>> = {
  'snapshot.capture': 'snapshot',
  'app.restore': 'snapshot',
  'app.fork': 'snapshot',
  'app.explore': 'task',
  'task.run': 'task',
}

export function Place({ operation }: { operation: Operation }) {
  const client = useQueryClient()
  const queues = useQuery(queuesQuery).data?.queues
  const waiting = useInfiniteQuery(operationsQuery(client, { status: 'queued' })).data
  const name = CLASSES[operation.kind] ?? 'control'
  const queue = queues?.find(one => one.queue === name)
  const older = waiting?.pages
    .flatMap(page => page.operations)
    .filter(one => one.id < operation.id && (CLASSES[one.kind] ?? 'control') === name).length
  const place = older === undefined ? 'waiting' : `place ${older + 1}`
  return (
    <p className="text-quiet text-xs" role="status">
      Queued: {place} in the queue “{name}”
      {queue !== undefined && queue.depth > 1 && `, where ${queue.depth} wait`}
    </p>
  )
}
