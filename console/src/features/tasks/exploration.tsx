/** One prompt, several answers: side by side, until one is adopted. */
import { Link } from '@tanstack/react-router'
import { ArrowLeft, Trash2, X } from 'lucide-react'
import { type ReactNode, useState } from 'react'

import { cancelOperation, isActive } from '~/api/operations'
import { operationTone } from '~/api/status'
import type { Operation, Sandbox } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Button } from '~/ui/button'
import { Empty } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { Status } from '~/ui/status'
import { Time } from '~/ui/time'
import { AdoptDialog } from './adopt_dialog'
import { ChildCard, type RenderPreview } from './child_card'
import { type Child, present, progressOf, promptOf } from './children'
import { DiscardDialog } from './discard_dialog'
import { whyNoTask } from './why'

interface ExplorationProps {
  app: string
  /** The app's own sandbox. */
  sandbox: Sandbox | undefined
  operation: Operation
  /** Why nothing can be adopted into the app now. */
  why: string | undefined
  preview: RenderPreview
  onAdopted: (operation: Operation) => void
}

export function Exploration(props: ExplorationProps) {
  const { app, operation, why, preview, onAdopted } = props
  const [adopted, setAdopted] = useState<Child>()
  const [discarding, setDiscarding] = useState(false)
  const children = present(operation)
  const active = isActive(operation)
  const noTarget = whyNoTask(props.sandbox) ?? why
  return (
    <div className="flex flex-col gap-4">
      <Head app={app} operation={operation}>
        {active ? (
          <Cancel operation={operation} />
        ) : (
          children.length > 0 && (
            <Button look="danger" icon={<Trash2 size={14} />} onClick={() => setDiscarding(true)}>
              Discard all
            </Button>
          )
        )}
      </Head>
      {operation.error !== null && (
        <p className="rounded-md border border-bad/40 bg-bad/8 px-3 py-2">
          {operation.error.message}{' '}
          <code className="text-quiet text-xs">{operation.error.code}</code>
        </p>
      )}
      {children.length === 0 && (
        <Empty title={active ? 'The children are being made' : 'Its children are gone'}>
          {!active && 'One was adopted, or all were discarded or deleted.'}
        </Empty>
      )}
      <ol className="grid grid-cols-[repeat(auto-fill,minmax(min(100%,22rem),1fr))] gap-4">
        {children.map((child, index) => (
          <li key={child.app.id} className="min-w-0">
            <ChildCard
              child={child}
              number={index + 1}
              why={noTarget}
              preview={preview}
              onAdopt={setAdopted}
            />
          </li>
        ))}
      </ol>
      {adopted !== undefined && (
        <AdoptDialog
          app={app}
          child={adopted}
          others={children.filter(other => other.app.id !== adopted.app.id)}
          onClose={() => setAdopted(undefined)}
          onBegun={onAdopted}
        />
      )}
      {discarding && <DiscardDialog variants={children} onClose={() => setDiscarding(false)} />}
    </div>
  )
}

interface HeadProps {
  app: string
  operation: Operation
  /** What can be done about all of it. */
  children: ReactNode
}

function Head({ app, operation, children }: HeadProps) {
  return (
    <>
      <Link
        to="/apps/$app/tasks"
        params={{ app }}
        className="inline-flex items-center gap-1.5 self-start text-quiet hover:text-ink"
      >
        <ArrowLeft size={14} aria-hidden /> All tasks
      </Link>
      <h2
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a long one scrolls
        tabIndex={0}
        className="max-h-40 overflow-y-auto whitespace-pre-wrap font-medium text-base"
      >
        {promptOf(operation) ?? 'An exploration'}
      </h2>
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
        <Status
          tone={operationTone(operation.status)}
          text={operation.status}
          testId="task-status"
        />
        <p className="text-quiet" role="status">
          {progressOf(operation)} · <Time at={operation.created_at} />
        </p>
        <div className="sm:ml-auto">{children}</div>
      </div>
    </>
  )
}

function Cancel({ operation }: { operation: Operation }) {
  const cancel = useStartOperation(operation.app_id ?? '', 'Cancelling the exploration', () =>
    cancelOperation(operation.id),
  )
  return (
    <div className="flex flex-col gap-2">
      <Button
        data-testid="cancel-task"
        look="danger"
        icon={<X size={15} />}
        why={operation.cancel_requested ? 'It is being cancelled' : undefined}
        busy={cancel.isPending}
        onClick={() => cancel.mutate()}
      >
        {operation.cancel_requested ? 'Cancelling' : 'Cancel and discard all'}
      </Button>
      <ProblemNote problem={cancel.error} />
    </div>
  )
}
