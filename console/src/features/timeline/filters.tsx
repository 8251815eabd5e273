/** Narrowing a timeline. */
import type { Severity } from '~/api/types'
import { Select } from '~/ui/field'

const TYPES = [
  'app.*',
  'config.*',
  'sandbox.*',
  'snapshot.*',
  'task.*',
  'preview.*',
  'operation.*',
] as const
const SEVERITIES = ['info', 'warning', 'error'] as const

export interface TimelineSearch {
  type?: (typeof TYPES)[number]
  severity?: Severity
}

/** What of a URL's search is a filter. */
export function toTimelineSearch(search: Record<string, unknown>): TimelineSearch {
  const type = TYPES.find(one => one === search.type)
  const severity = SEVERITIES.find(one => one === search.severity)
  return { ...(type ? { type } : {}), ...(severity ? { severity } : {}) }
}

interface TimelineFiltersProps {
  search: TimelineSearch
  onChange: (search: TimelineSearch) => void
}

export function TimelineFilters({ search, onChange }: TimelineFiltersProps) {
  return (
    <div className="flex flex-wrap gap-3">
      <Select
        label="Type"
        value={search.type ?? ''}
        options={[['', 'All'], ...TYPES.map(type => [type, type.replace('.*', '')] as const)]}
        onChange={type => onChange(toTimelineSearch({ ...search, type }))}
      />
      <Select
        label="Severity"
        value={search.severity ?? ''}
        options={[['', 'All'], ...SEVERITIES.map(one => [one, one] as const)]}
        onChange={severity => onChange(toTimelineSearch({ ...search, severity }))}
      />
    </div>
  )
}
