/** All operations of the tenant. */
import { useNavigate, useSearch } from '@tanstack/react-router'

import type { OperationKind, OperationStatus } from '~/api/types'
import { KINDS, STATUSES, toOperationsSearch } from '~/features/progress/filters'
import { OperationsList } from '~/features/progress/operations_list'
import { Select } from '~/ui/field'
import { formatName } from '~/ui/format'
import { useTitle } from '~/ui/title'

const options = <T extends string>(values: readonly T[]): [T | '', string][] => [
  ['', 'All'],
  ...values.map((value): [T, string] => [value, formatName(value)]),
]

export function OperationsPage() {
  const search = useSearch({ from: '/operations' })
  const navigate = useNavigate({ from: '/operations' })
  useTitle('Operations')
  const narrow = (more: { status?: OperationStatus | ''; kind?: OperationKind | '' }): void => {
    void navigate({ search: old => toOperationsSearch({ ...old, ...more }), replace: true })
  }
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap items-end gap-3">
        <h1 className="mr-auto font-semibold text-xl">Operations</h1>
        <Select
          label="Status"
          value={search.status ?? ''}
          options={options(STATUSES)}
          onChange={status => narrow({ status })}
        />
        <Select
          label="Kind"
          value={search.kind ?? ''}
          options={options(KINDS)}
          onChange={kind => narrow({ kind })}
        />
      </div>
      <OperationsList filter={search} linked />
    </div>
  )
}
