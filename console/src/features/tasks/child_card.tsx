/** One answer of an exploration: what it looks like, and what it is worth. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Check, ExternalLink } from 'lucide-react'
import type { ReactNode } from 'react'

import { appQuery, sandboxQuery } from '~/api/apps'
import { operationTone, type Tone } from '~/api/status'
import type { Sandbox, Task } from '~/api/types'
import { Button } from '~/ui/button'
import { formatDuration } from '~/ui/format'
import { plainText } from '~/ui/plain'
import { Badge, Status } from '~/ui/status'
import { advice } from './advice'
import { type Child, whyNotAdopted } from './children'
import { countFiles } from './task_row'

export type RenderPreview = (sandbox: Sandbox) => ReactNode

interface ChildCardProps {
  child: Child
  number: number
  why: string | undefined
  preview: RenderPreview
  onAdopt: (child: Child) => void
}

export function ChildCard({ child: given, number, why, preview, onAdopt }: ChildCardProps) {
  const child = useNow(given)
  if (child === undefined) {
    return (
      <p className="rounded-lg border border-line px-4 py-3 text-quiet">
        Variant {number} was deleted.
      </p>
    )
  }
  const { app, sandbox, task } = child
  const url = sandbox?.preview.url
  return (
    <article
      data-testid={`child-${app.id}`}
      aria-label={`Variant ${number}`}
      className="flex h-full flex-col overflow-hidden rounded-lg border border-line bg-surface"
    >
      <header className="flex items-center gap-2 border-line border-b px-4 py-2">
        <h3 className="mr-auto min-w-0 truncate">
          <Link to="/apps/$app" params={{ app: app.id }} className="hover:underline">
            Variant {number}
          </Link>
        </h3>
        {task !== undefined && (
          <span className="text-xs">
            <Status tone={operationTone(task.status)} text={task.status} />
          </span>
        )}
        {url !== undefined && (
          <a
            href={url}
            target="_blank"
            rel="noreferrer"
            aria-label={`Open variant ${number} in a tab of its own`}
            className="grid size-8 place-items-center rounded-md text-quiet hover:bg-raised hover:text-ink"
          >
            <ExternalLink size={15} />
          </a>
        )}
      </header>
      <div className="h-64 border-line border-b bg-[Canvas]">
        {sandbox !== undefined && preview(sandbox)}
      </div>
      {task !== undefined && <Outcome task={task} />}
      <footer className="mt-auto flex flex-wrap items-center gap-2 px-4 pb-3">
        <Button
          look="primary"
          icon={<Check size={14} />}
          why={whyNotAdopted(child) ?? why}
          onClick={() => onAdopt(child)}
        >
          Adopt
        </Button>
        {task !== undefined && (
          <Link
            to="/apps/$app/tasks/$task"
            params={{ app: app.id, task: task.id }}
            className="ml-auto text-quiet text-xs underline hover:text-ink"
          >
            Log and files
          </Link>
        )}
      </footer>
    </article>
  )
}

/** The child as it is now; the operation shows it as it was when it was asked for. */
function useNow(child: Child): Child | undefined {
  const app = useQuery({ ...appQuery(child.app.id), initialData: child.app })
  const id = child.sandbox?.id
  const sandbox = useQuery({
    ...sandboxQuery(id ?? ''),
    enabled: id !== undefined,
    ...(child.sandbox === undefined ? {} : { initialData: child.sandbox }),
  })
  if (app.error?.code === 'not_found') return undefined
  const isGone = id === undefined || sandbox.error?.code === 'not_found'
  return { app: app.data, sandbox: isGone ? undefined : sandbox.data, task: child.task }
}

function Outcome({ task }: { task: Task }) {
  const [tone, build]: [Tone, string] =
    task.build_ok === true ? ['good', 'builds'] : ['bad', 'build fails']
  const todo = advice(task)
  return (
    <div className="flex flex-col gap-2 px-4 py-3">
      <p className="flex flex-wrap gap-1.5">
        {task.files_changed !== null && <Badge>{countFiles(task.files_changed.length)}</Badge>}
        {task.build_ok !== null && <Badge tone={tone}>{build}</Badge>}
        {task.duration_ms !== null && <Badge>{formatDuration(task.duration_ms)}</Badge>}
      </p>
      {task.agent_message_final !== null && task.failure_reason === null && (
        <p className="line-clamp-4 whitespace-pre-wrap">{plainText(task.agent_message_final)}</p>
      )}
      {task.failure_reason !== null && (
        <div>
          <p className="line-clamp-4 whitespace-pre-wrap text-bad">
            {plainText(task.error_message ?? task.failure_reason)}
          </p>
          {todo !== undefined && <p className="text-quiet text-xs">{todo}</p>}
        </div>
      )}
    </div>
  )
}
