/** The steps of an operation with their durations: a list that grows while it runs, a Gantt after. */
import { Check, LoaderCircle, X } from 'lucide-react'

import { isActive } from '~/api/operations'
import type { Operation, Step } from '~/api/types'
import { cx } from '~/ui/cx'
import { formatDuration, formatName } from '~/ui/format'
import { useNow } from '~/ui/now'
import { bars } from './bars'

export function Steps({ operation }: { operation: Operation }) {
  const now = useNow(isActive(operation) ? 'quick' : 'still')
  const shown = bars(operation, now)
  if (shown.length === 0) return null
  return (
    <ol data-testid="operation-progress" className="flex flex-col gap-1">
      {shown.map(({ step, ms, start, width }) => (
        <li
          key={`${step.name} ${step.started_at}`}
          className="grid grid-cols-[1rem_minmax(7rem,11rem)_1fr_4.5rem] items-center gap-2 text-xs"
        >
          <StepIcon status={step.status} />
          <span className="truncate">{formatName(step.name)}</span>
          <span className="relative h-2 rounded-sm bg-raised" aria-hidden>
            <span
              className={cx('absolute inset-y-0 rounded-sm', BARS[step.status])}
              style={{ left: `${start * 100}%`, width: `${width * 100}%` }}
            />
          </span>
          <span className="nums text-right text-quiet">{formatDuration(ms)}</span>
        </li>
      ))}
    </ol>
  )
}

const BARS: Record<Step['status'], string> = {
  running: 'bg-busy',
  succeeded: 'bg-good/70',
  failed: 'bg-bad',
}

function StepIcon({ status }: { status: Step['status'] }) {
  if (status === 'running') {
    return <LoaderCircle size={14} className="animate-spin text-busy" aria-label="running" />
  }
  if (status === 'failed') return <X size={14} className="text-bad" aria-label="failed" />
  return <Check size={14} className="text-good" aria-label="done" />
}
