/** All apps, newest first. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'

import { appsQuery, sandboxesQuery } from '~/api/apps'
import { Grid } from '~/ui/grid'
import { Empty } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { AppCard } from './app_card'
import { FirstApp } from './first_app'

interface AppsGridProps {
  filter: { q?: string; tag?: string }
}

export function AppsGrid({ filter }: AppsGridProps) {
  const client = useQueryClient()
  const { data, error, hasNextPage, isFetching, fetchNextPage } = useInfiniteQuery(
    appsQuery(filter),
  )
  const seeds = useQuery(sandboxesQuery(client))
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage()
  }, [hasNextPage, isFetching, fetchNextPage])
  if (error !== null && data === undefined) return <ProblemNote problem={error} />
  if (data === undefined) return <SkeletonRows rows={4} className="h-28" />
  const apps = data.pages.flatMap(page => page.apps)
  if (apps.length === 0) {
    const narrowed = filter.q !== undefined || filter.tag !== undefined
    return narrowed ? <Empty title="No app is like that" /> : <FirstApp />
  }
  return (
    <Grid
      items={apps}
      keyOf={app => app.id}
      render={app => <AppCard app={app} ready={!seeds.isLoading} />}
      rowHeight={112}
      minWidth={290}
      onEnd={more}
    />
  )
}
