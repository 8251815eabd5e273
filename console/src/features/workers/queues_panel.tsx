/** What waits, for how long, and how fast it goes. */
import { useQuery } from '@tanstack/react-query'

import { queuesQuery } from '~/api/operations'
import { cx } from '~/ui/cx'
import { formatDuration } from '~/ui/format'
import { Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'

const LOOK_MS = 5_000
/** What waits for longer than this is stuck, or nobody takes it. */
const STUCK_MS = 60_000
const CELL = 'px-4 py-2 text-right nums whitespace-nowrap'

export function QueuesPanel() {
  const { data, error } = useQuery({ ...queuesQuery, refetchInterval: LOOK_MS })
  return (
    <Panel title="Queues" flush>
      {data === undefined ? (
        <div className="p-4">
          {error === null ? <SkeletonRows rows={4} /> : <ProblemNote problem={error} />}
        </div>
      ) : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        <section className="overflow-x-auto" tabIndex={0} aria-label="Table of queues">
          <table className="w-full">
            <thead>
              <tr className="text-quiet text-xs">
                <th className="whitespace-nowrap px-4 py-2 text-left font-normal">Queue</th>
                {['Waiting', 'Running', 'Oldest', 'Ended a minute', 'Failed a minute'].map(
                  title => (
                    <th key={title} className={cx(CELL, 'font-normal')}>
                      {title}
                    </th>
                  ),
                )}
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {data.queues.map(queue => (
                <tr key={`${queue.node} ${queue.queue}`}>
                  <th className="whitespace-nowrap px-4 py-2 text-left font-normal">
                    {queue.queue} <span className="text-quiet text-xs">{queue.node}</span>
                  </th>
                  <td className={CELL}>{queue.depth}</td>
                  <td className={CELL}>{queue.running}</td>
                  <td className={cx(CELL, (queue.oldest_age_ms ?? 0) > STUCK_MS && 'text-bad')}>
                    {queue.oldest_age_ms === null ? '–' : formatDuration(queue.oldest_age_ms)}
                  </td>
                  <td className={CELL}>{queue.ended_per_minute}</td>
                  <td className={cx(CELL, queue.failed_per_minute > 0 && 'text-bad')}>
                    {queue.failed_per_minute}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Panel>
  )
}
