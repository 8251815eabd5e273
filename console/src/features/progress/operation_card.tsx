/** One operation: what it does, how far it is, and what can be done about it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'

import { cancelOperation, isActive, operationQuery, showOperation } from '~/api/operations'
import type { Problem } from '~/api/problem'
import { operationTone } from '~/api/status'
import type { Operation } from '~/api/types'
import { Button } from '~/ui/button'
import { formatDuration, formatName } from '~/ui/format'
import { useNow } from '~/ui/now'
import { ProblemNote } from '~/ui/problem_note'
import { Badge, Status } from '~/ui/status'
import { Time } from '~/ui/time'
import { advice } from './advice'
import { Place } from './place'
import { retryOf } from './retry'
import { Steps } from './steps'

interface OperationCardProps {
  id: string
  /** Whether it leads to its app. */
  linked?: boolean
}

export function OperationCard({ id, linked = false }: OperationCardProps) {
  const { data: operation, error } = useQuery(operationQuery(id))
  if (operation === undefined) return <ProblemNote problem={error} />
  return (
    <article
      data-testid={`operation-${id}`}
      data-status={operation.status}
      className="flex flex-col gap-2.5 px-4 py-3"
    >
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <h3 className="mr-auto">
          <Link to="/operations/$operation" params={{ operation: id }} className="hover:underline">
            {formatName(operation.kind)}
          </Link>
        </h3>
        <Attempts operation={operation} />
        <span className="nums text-quiet text-xs">
          <Elapsed operation={operation} />
        </span>
        <span className="text-xs">
          <Status tone={operationTone(operation.status)} text={operation.status} />
        </span>
      </header>
      {operation.status === 'queued' && <Place operation={operation} />}
      <Steps operation={operation} />
      <Failure operation={operation} />
      <footer className="flex flex-wrap items-center gap-x-3 gap-y-2 text-quiet text-xs">
        <span>
          Begun <Time at={operation.created_at} />
        </span>
        {operation.queue_ms !== null && <span>waited {formatDuration(operation.queue_ms)}</span>}
        {operation.worker !== null && <span>on {operation.worker}</span>}
        {linked && operation.app_id !== null && (
          <Link to="/apps/$app" params={{ app: operation.app_id }} className="underline">
            its app
          </Link>
        )}
        <Further operation={operation} />
        <span className="ml-auto flex gap-2">
          <Actions operation={operation} />
        </span>
      </footer>
    </article>
  )
}

/** A page needs no way to itself. */
const HERE = { className: 'hidden' }

/** The page that has more of it. */
function Further({ operation }: { operation: Operation }) {
  const { app_id: app, task_id: task, kind, id } = operation
  if (app === null) return null
  if (kind === 'app.explore') {
    return (
      <Link
        to="/apps/$app/tasks/explore/$operation"
        params={{ app, operation: id }}
        activeProps={HERE}
        className="underline"
      >
        its variants
      </Link>
    )
  }
  if (task === null) return null
  return (
    <Link
      to="/apps/$app/tasks/$task"
      params={{ app, task }}
      activeProps={HERE}
      className="underline"
    >
      its task
    </Link>
  )
}

function Attempts({ operation }: { operation: Operation }) {
  if (operation.attempt <= 1) return null
  return <Badge tone="warn">{`attempt ${operation.attempt} of ${operation.max_attempts}`}</Badge>
}

function Elapsed({ operation }: { operation: Operation }) {
  const now = useNow(isActive(operation) ? 'quick' : 'still')
  const end = operation.finished_at === null ? now : Date.parse(operation.finished_at)
  return formatDuration(end - Date.parse(operation.created_at))
}

function Failure({ operation }: { operation: Operation }) {
  const { error } = operation
  if (error === null) return null
  return (
    <div className="rounded-md border border-bad/40 bg-bad/8 px-3 py-2">
      <p>
        {error.message} <code className="text-quiet text-xs">{error.code}</code>
      </p>
      {operation.status === 'failed' && <p className="mt-0.5 text-quiet">{advice(error)}</p>}
    </div>
  )
}

function Actions({ operation }: { operation: Operation }) {
  const client = useQueryClient()
  const onSuccess = (next: Operation): void => showOperation(client, next)
  const cancel = useMutation<Operation, Problem>({
    mutationFn: () => cancelOperation(operation.id),
    onSuccess,
  })
  const again = retryOf(operation)
  const retry = useMutation<Operation, Problem>({
    mutationFn: () => again?.() ?? Promise.reject(new Error('it can’t be begun again')),
    onSuccess,
  })
  const why = operation.cancel_requested ? 'It is being cancelled' : undefined
  return (
    <>
      <ProblemNote problem={cancel.error ?? retry.error} />
      {isActive(operation) && (
        <Button
          onClick={() => cancel.mutate()}
          busy={cancel.isPending}
          why={why}
          className="h-7 text-xs"
        >
          {operation.cancel_requested ? 'Cancelling' : 'Cancel'}
        </Button>
      )}
      {operation.status === 'failed' && again !== undefined && (
        <Button onClick={() => retry.mutate()} busy={retry.isPending} className="h-7 text-xs">
          Try again
        </Button>
      )}
    </>
  )
}
