/** Choosing the two snapshots that are compared. */
import { useInfiniteQuery } from '@tanstack/react-query'
import { ArrowLeftRight } from 'lucide-react'

import { snapshotsQuery } from '~/api/snapshots'
import type { Snapshot } from '~/api/types'
import { Button } from '~/ui/button'
import { Check, Select } from '~/ui/field'
import { formatMoment } from '~/ui/format'
import type { CompareSearch } from './search'

interface ChoiceProps {
  app: string
  search: CompareSearch
  onChange: (search: CompareSearch) => void
}

export function Choice({ app, search, onChange }: ChoiceProps) {
  const { from, to, all } = search
  const { data } = useInfiniteQuery(snapshotsQuery(app))
  const snapshots = data?.pages.flatMap(page => page.snapshots) ?? []
  const options = optionsOf(snapshots, [from, to])
  const rest = all === undefined ? {} : { all }
  return (
    <div className="flex flex-col gap-3 rounded-lg border border-line bg-surface p-4">
      <div className="flex flex-wrap items-end gap-3">
        <div className="min-w-0 flex-1 basis-52">
          <Select
            label="From"
            value={from ?? ''}
            options={options}
            onChange={id => onChange(toSearch(id, to, rest))}
          />
        </div>
        <Button
          label="Swap them"
          icon={<ArrowLeftRight size={15} />}
          className="h-9"
          onClick={() => onChange(toSearch(to, from, rest))}
        />
        <div className="min-w-0 flex-1 basis-52">
          <Select
            label="To"
            value={to ?? ''}
            options={options}
            onChange={id => onChange(toSearch(from, id, rest))}
          />
        </div>
      </div>
      <Check
        label="Also in .git, node_modules and what git ignores"
        checked={all === true}
        onChange={on => onChange(toSearch(from, to, on ? { all: true } : {}))}
      />
    </div>
  )
}

function toSearch(
  from: string | undefined,
  to: string | undefined,
  rest: Pick<CompareSearch, 'all'>,
): CompareSearch {
  return { ...(from ? { from } : {}), ...(to ? { to } : {}), ...rest }
}

/** The app's snapshots, and those of an address that aren't among them. */
function optionsOf(
  snapshots: readonly Snapshot[],
  named: readonly (string | undefined)[],
): [string, string][] {
  const known = new Set(snapshots.map(one => one.id))
  const others = named.filter(id => id !== undefined && !known.has(id)) as string[]
  return [
    ['', 'Choose a snapshot'],
    ...snapshots
      .filter(one => one.status === 'ready')
      .map((one): [string, string] => [
        one.id,
        `${one.name} (${one.kind}, ${formatMoment(Date.parse(one.created_at))})`,
      ]),
    ...[...new Set(others)].map((id): [string, string] => [id, id]),
  ]
}
