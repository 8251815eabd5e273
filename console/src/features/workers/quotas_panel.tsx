/** What the tenant uses of what it may. */
import { useQuery } from '@tanstack/react-query'

import { quotasQuery } from '~/api/workers'
import { formatBytes, formatName } from '~/ui/format'
import { Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'

export function QuotasPanel() {
  const { data, error } = useQuery(quotasQuery)
  const text = (name: string, value: number): string =>
    name.endsWith('bytes') ? formatBytes(value) : String(value)
  return (
    <Panel title="Limits of this tenant">
      {data === undefined &&
        (error === null ? <SkeletonRows rows={3} /> : <ProblemNote problem={error} />)}
      <dl className="grid gap-x-8 gap-y-3 sm:grid-cols-2 lg:grid-cols-4">
        {Object.entries(data?.quotas ?? {}).map(([name, { used, limit }]) => (
          <div key={name}>
            <dt className="text-quiet text-xs">{formatName(name)}</dt>
            <dd className="nums">
              {text(name, used)}{' '}
              <span className="text-quiet">
                {limit === null ? 'without a limit' : `of ${text(name, limit)}`}
              </span>
            </dd>
          </div>
        ))}
      </dl>
    </Panel>
  )
}
