/** What a task came to. */
import type { ReactNode } from 'react'

import type { Tone } from '~/api/status'
import type { Task } from '~/api/types'
import { formatDuration } from '~/ui/format'
import { Panel } from '~/ui/panel'
import { plainText } from '~/ui/plain'
import { Prose } from '~/ui/prose'
import { Status } from '~/ui/status'
import { advice } from './advice'
import { ChangedFiles } from './changed_files'
import { Printed } from './printed'
import { toUsage } from './usage'

export function TaskResult({ task }: { task: Task }) {
  const usage = toUsage(task.usage)
  return (
    <Panel title="Result" flush>
      <div className="flex flex-col gap-3 p-4" aria-live="polite">
        <Failure task={task} />
        {task.agent_message_final !== null && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          <div tabIndex={0} className="max-h-72 overflow-y-auto">
            <Prose text={task.agent_message_final} />
          </div>
        )}
        <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
          <Fact name="Build">
            <Build task={task} />
          </Fact>
          <Fact name="Preview">
            {task.preview_status_after === null ? (
              <span className="text-quiet">not looked at</span>
            ) : (
              <Status
                tone={task.preview_status_after === 'ready' ? 'good' : 'warn'}
                text={task.preview_status_after === 'ready' ? 'answers' : task.preview_status_after}
              />
            )}
          </Fact>
          {task.duration_ms !== null && (
            <Fact name="Took">
              <span className="nums">{formatDuration(task.duration_ms)}</span>
            </Fact>
          )}
          {usage !== undefined && <Fact name="Used">{usage}</Fact>}
        </dl>
        {task.build_error_message !== null && (
          <Printed label="What the build said" text={task.build_error_message} />
        )}
      </div>
      <ChangedFiles task={task} />
    </Panel>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-quiet">{name}</dt>
      <dd className="min-w-0">{children}</dd>
    </>
  )
}

function Build({ task }: { task: Task }) {
  if (task.build_ok === null) return <span className="text-quiet">not tried</span>
  const [tone, text]: [Tone, string] = task.build_ok ? ['good', 'works'] : ['bad', 'fails']
  return <Status tone={tone} text={text} />
}

function Failure({ task }: { task: Task }) {
  if (task.failure_reason === null) return null
  const todo = advice(task)
  return (
    <div className="rounded-md border border-bad/40 bg-bad/8 px-3 py-2">
      <p className="max-h-56 overflow-y-auto whitespace-pre-wrap">
        {plainText(task.error_message ?? 'It failed')}{' '}
        <code className="text-quiet text-xs">{task.failure_reason}</code>
      </p>
      {todo !== undefined && <p className="mt-0.5 text-quiet">{todo}</p>}
    </div>
  )
}
