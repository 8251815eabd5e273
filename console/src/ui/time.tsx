/** A moment: how long ago, and exactly when on a closer look. */
import { formatAgo, formatClock, formatMoment } from './format'
import { useNow } from './now'

interface TimeProps {
  at: string
  /** The time of day instead of the distance. */
  clock?: boolean
}

export function Time({ at, clock = false }: TimeProps) {
  const now = useNow(clock ? 'still' : 'slow')
  const moment = Date.parse(at)
  return (
    <time dateTime={at} title={formatMoment(moment)} className="nums whitespace-nowrap">
      {clock ? formatClock(moment) : formatAgo(moment, now)}
    </time>
  )
}
