/** One entry of a task's log. */
import { Bot, ChevronRight, CircleCheck, Flag, Hammer, Wrench } from 'lucide-react'
import { memo, type ReactNode } from 'react'

import { operationTone, type Tone } from '~/api/status'
import type { Task } from '~/api/types'
import { cx } from '~/ui/cx'
import { formatClock, formatName } from '~/ui/format'
import { firstLine, plainText } from '~/ui/plain'
import { Prose } from '~/ui/prose'
import { Status } from '~/ui/status'
import type { Entry, Tool } from './output'
import { Printed } from './printed'

interface EntryRowProps {
  entry: Entry
  /** Whether the reader has unfolded or folded it. */
  open: boolean | undefined
  onTurn: (seq: number, open: boolean) => void
}

export const EntryRow = memo(function EntryRow({ entry, open, onTurn }: EntryRowProps) {
  const onOpen = (next: boolean): void => onTurn(entry.seq, next)
  switch (entry.kind) {
    case 'message':
      return entry.raw ? (
        <pre className="whitespace-pre-wrap px-4 font-mono text-xs">{plainText(entry.text)}</pre>
      ) : (
        <Row icon={<Bot size={15} className="text-accent" />} at={entry.at}>
          <Prose text={entry.text} />
        </Row>
      )
    case 'tool':
      return <ToolRow tool={entry.tool} at={entry.at} open={open ?? false} onOpen={onOpen} />
    case 'status':
      return (
        <Row icon={<Flag size={14} className="text-quiet" />} at={entry.at}>
          <p className="whitespace-pre-wrap text-quiet">
            {formatName(plainText(entry.status))}
            {entry.detail !== undefined && `: ${plainText(entry.detail)}`}
          </p>
        </Row>
      )
    case 'build':
      return <BuildRow entry={entry} open={open ?? entry.status === 'failed'} onOpen={onOpen} />
    case 'done':
      return (
        <Row icon={<CircleCheck size={15} className="text-quiet" />} at={entry.at}>
          <Status tone={operationTone(entry.status as Task['status'])} text={entry.status} />
          {entry.message !== undefined && (
            <p className="mt-0.5 whitespace-pre-wrap">{plainText(entry.message)}</p>
          )}
        </Row>
      )
  }
})

interface RowProps {
  icon: ReactNode
  at: string
  children: ReactNode
}

function Row({ icon, at, children }: RowProps) {
  return (
    <div className="flex items-start gap-2.5 px-4 py-1.5">
      <span className="mt-0.5 shrink-0" aria-hidden>
        {icon}
      </span>
      <div className="min-w-0 flex-1">{children}</div>
      <time dateTime={at} className="nums mt-0.5 shrink-0 text-quiet text-xs max-sm:hidden">
        {formatClock(Date.parse(at))}
      </time>
    </div>
  )
}

const TONES: Record<string, Tone> = { running: 'busy', completed: 'good', ok: 'good' }

interface FoldProps {
  title: ReactNode
  status: string | undefined
  open: boolean
  onOpen: (open: boolean) => void
  children: ReactNode
}

function Fold({ title, status, open, onOpen, children }: FoldProps) {
  return (
    <>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => onOpen(!open)}
        className="flex w-full items-center gap-2 text-left"
      >
        <span className="min-w-0 flex-1 truncate">{title}</span>
        {status !== undefined && (
          <span className="text-quiet text-xs">
            <Status tone={TONES[status] ?? 'bad'} text={status} />
          </span>
        )}
        <ChevronRight
          size={13}
          aria-hidden
          className={cx('shrink-0 text-quiet transition-transform', open && 'rotate-90')}
        />
      </button>
      {open && <div className="mt-1.5 flex flex-col gap-2">{children}</div>}
    </>
  )
}

interface ToolRowProps {
  tool: Tool
  at: string
  open: boolean
  onOpen: (open: boolean) => void
}

function ToolRow({ tool, at, open, onOpen }: ToolRowProps) {
  const title = (
    <>
      <span className="font-medium">{plainText(tool.name)}</span>{' '}
      {tool.title !== undefined && (
        <code className="font-mono text-quiet text-xs">{firstLine(plainText(tool.title))}</code>
      )}
    </>
  )
  return (
    <Row icon={<Wrench size={14} className="text-quiet" />} at={at}>
      <Fold title={title} status={tool.status} open={open} onOpen={onOpen}>
        {tool.input !== undefined && <Printed label="Input" text={tool.input} />}
        {tool.output !== undefined && <Printed label="Output" text={tool.output} />}
        {tool.input === undefined && tool.output === undefined && (
          <p className="text-quiet">It says no more.</p>
        )}
      </Fold>
    </Row>
  )
}

interface BuildRowProps {
  entry: Entry & { kind: 'build' }
  open: boolean
  onOpen: (open: boolean) => void
}

function BuildRow({ entry, open, onOpen }: BuildRowProps) {
  const title = (
    <>
      <span className="font-medium">Build</span>{' '}
      <code className="font-mono text-quiet text-xs">{plainText(entry.command ?? '')}</code>
    </>
  )
  return (
    <Row icon={<Hammer size={14} className="text-quiet" />} at={entry.at}>
      <Fold title={title} status={entry.status} open={open} onOpen={onOpen}>
        {entry.text === undefined ? (
          <p className="text-quiet">It printed nothing.</p>
        ) : (
          <Printed label="Output" text={entry.text} />
        )}
      </Fold>
    </Row>
  )
}
