/** An app at a glance: what it looks like, what goes on, what it can be taken back to. */
import { Link, useParams } from '@tanstack/react-router'

import { CreateSandbox } from '~/features/app/create_sandbox'
import { Preview } from '~/features/app/preview'
import { ProgressPanel } from '~/features/progress/progress_panel'
import { SnapshotsPanel } from '~/features/snapshots/snapshots_panel'
import { TaskPanel } from '~/features/tasks/task_panel'
import { ActivityPanel } from '~/features/timeline/activity_panel'
import { useApp } from './use_app'
import { useOpenTask } from './use_open_task'
import { useSnapshotActions } from './use_snapshot_actions'

const SNAPSHOTS_SHOWN = 6
/** Where there is room for one only, the task comes next to the preview, and snapshots last. */
const COLUMN = 'flex min-w-0 flex-col gap-5 max-lg:contents'

export function OverviewPage() {
  const { app: id } = useParams({ from: '/apps/$app' })
  const { app, sandbox, why } = useApp(id)
  const actions = useSnapshotActions(id, why)
  const open = useOpenTask(id)
  if (app === undefined) return null
  return (
    <div className="flex flex-col gap-5 lg:grid lg:grid-cols-[minmax(0,1fr)_minmax(22rem,30rem)]">
      <div className={COLUMN}>
        {sandbox !== undefined && sandbox.status !== 'error' && <Preview sandbox={sandbox} />}
        {(app.current_sandbox_id === null || sandbox?.status === 'error') && (
          <CreateSandbox app={id} why={why} reason={sandbox?.status_reason ?? undefined} />
        )}
        <div className="max-lg:order-1">
          <SnapshotsPanel
            app={id}
            sandbox={sandbox}
            why={why}
            most={SNAPSHOTS_SHOWN}
            aside={<All to="/apps/$app/snapshots" app={id} />}
          />
        </div>
      </div>
      <div className={COLUMN}>
        {sandbox !== undefined && (
          <TaskPanel
            app={id}
            sandbox={sandbox}
            why={why}
            onExplored={open}
            aside={<All to="/apps/$app/tasks" app={id} />}
          />
        )}
        <ProgressPanel app={id} />
        <ActivityPanel
          app={id}
          actions={actions}
          aside={<All to="/apps/$app/timeline" app={id} />}
        />
      </div>
    </div>
  )
}

interface AllProps {
  to: '/apps/$app/snapshots' | '/apps/$app/timeline' | '/apps/$app/tasks'
  app: string
}

function All({ to, app }: AllProps) {
  return (
    <Link to={to} params={{ app }} className="text-quiet text-xs underline hover:text-ink">
      Show all
    </Link>
  )
}
