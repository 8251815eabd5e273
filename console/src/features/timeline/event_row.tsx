/** One event: when, what, and its payload if somebody wants it. */
import { ChevronRight } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import type { Tone } from '~/api/status'
import type { Severity, TimelineEvent } from '~/api/types'
import { cx } from '~/ui/cx'
import { Dot } from '~/ui/status'
import { Time } from '~/ui/time'

const TONES: Record<Severity, Tone> = { info: 'quiet', warning: 'warn', error: 'bad' }
const SUCCESS = /\.(created|started|captured|restored|forked|explored|completed|ok|recovered)$/
const BEGINNING = /\.(start|create|stop|capture|restore|fork|explore)\.started$/

function toneOf(event: TimelineEvent): Tone {
  if (event.severity !== 'info') return TONES[event.severity]
  if (BEGINNING.test(event.type) || !SUCCESS.test(event.type)) return 'quiet'
  return 'good'
}

interface EventRowProps {
  event: TimelineEvent
  actions?: ReactNode
}

export function EventRow({ event, actions }: EventRowProps) {
  const [open, setOpen] = useState(false)
  return (
    <div data-testid={`event-${event.type}`} className="px-4 py-1.5">
      <div className="flex min-h-7 flex-wrap items-center gap-x-2.5 gap-y-1">
        <Dot tone={toneOf(event)} />
        <span className="text-quiet text-xs">
          <Time at={event.created_at} clock />
        </span>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex min-w-0 flex-1 basis-40 items-center gap-1.5 text-left"
        >
          <span className="sr-only">{event.severity === 'info' ? '' : `${event.severity}: `}</span>
          <span className="min-w-0">{event.message}</span>
          <ChevronRight
            size={13}
            aria-hidden
            className={cx('shrink-0 text-quiet transition-transform', open && 'rotate-90')}
          />
        </button>
        {event.attempt !== undefined && event.attempt > 1 && (
          <span className="text-warn text-xs">attempt {event.attempt}</span>
        )}
        {actions}
      </div>
      {open && <Payload event={event} />}
    </div>
  )
}

function Payload({ event }: { event: TimelineEvent }) {
  const { payload, message: _, severity: __, ...rest } = event
  return (
    <pre
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
      tabIndex={0}
      className="mt-1 mb-2 overflow-x-auto rounded-md bg-raised px-3 py-2 font-mono text-xs"
    >
      {JSON.stringify({ ...rest, payload }, null, 2)}
    </pre>
  )
}
