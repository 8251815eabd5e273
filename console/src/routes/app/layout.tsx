/** What is around all parts of an app's page. */
import { Link, Outlet, useParams } from '@tanstack/react-router'

import { AppHeader, AppTabs } from '~/features/app/app_header'
import { Controls } from '~/features/app/controls'
import { captureName } from '~/features/snapshots/capture_name'
import { Empty } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { Skeleton } from '~/ui/skeleton'
import { useTitle } from '~/ui/title'
import { useApp } from './use_app'

export function AppLayout() {
  const { app: id } = useParams({ from: '/apps/$app' })
  const { app, sandbox, problem } = useApp(id)
  useTitle(app?.name)
  if (problem?.code === 'not_found') {
    return (
      <Empty title="There is no such app">
        It was deleted, or is another tenant's.{' '}
        <Link to="/" className="underline">
          All apps
        </Link>
      </Empty>
    )
  }
  if (app === undefined) {
    return problem === null ? <Skeleton className="h-16" /> : <ProblemNote problem={problem} />
  }
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap items-start gap-x-6 gap-y-3">
        <AppHeader app={app} sandbox={sandbox} />
        {sandbox !== undefined && (
          <Controls app={id} sandbox={sandbox} nameSnapshot={() => captureName(new Date())} />
        )}
      </div>
      <AppTabs app={id} />
      <Outlet />
    </div>
  )
}
