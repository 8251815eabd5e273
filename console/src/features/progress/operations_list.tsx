/** The tenant's operations, newest first. */
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query'

import type { OperationFilter } from '~/api/filters'
import { operationsQuery } from '~/api/operations'
import { Button } from '~/ui/button'
import { Empty } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { OperationCard } from './operation_card'

interface OperationsListProps {
  filter: OperationFilter
  linked?: boolean
}

export function OperationsList({ filter, linked = false }: OperationsListProps) {
  const client = useQueryClient()
  const list = useInfiniteQuery(operationsQuery(client, filter))
  if (list.data === undefined) {
    return list.error === null ? (
      <SkeletonRows rows={6} className="h-20" />
    ) : (
      <ProblemNote problem={list.error} />
    )
  }
  const operations = list.data.pages.flatMap(page => page.operations)
  if (operations.length === 0) return <Empty title="No operation is like that" />
  return (
    <>
      <div className="divide-y divide-line rounded-lg border border-line bg-surface">
        {operations.map(({ id }) => (
          <OperationCard key={id} id={id} linked={linked} />
        ))}
      </div>
      {list.hasNextPage && (
        <Button
          onClick={() => void list.fetchNextPage()}
          busy={list.isFetchingNextPage}
          className="mt-3 self-center"
        >
          Show older ones
        </Button>
      )}
    </>
  )
}
