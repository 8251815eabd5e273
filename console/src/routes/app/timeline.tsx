/** An app's whole timeline. */
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'

import { TimelineFilters } from '~/features/timeline/filters'
import { Timeline } from '~/features/timeline/timeline'
import { Panel } from '~/ui/panel'
import { useApp } from './use_app'
import { useSnapshotActions } from './use_snapshot_actions'

export function TimelinePage() {
  const { app } = useParams({ from: '/apps/$app/timeline' })
  const search = useSearch({ from: '/apps/$app/timeline' })
  const navigate = useNavigate({ from: '/apps/$app/timeline' })
  const { why } = useApp(app)
  const actions = useSnapshotActions(app, why)
  return (
    <div className="flex flex-col gap-4">
      <TimelineFilters
        search={search}
        onChange={next => void navigate({ search: next, replace: true })}
      />
      <Panel title="Timeline" testId="activity-panel" flush>
        <Timeline filter={{ app_id: app, ...search }} actions={actions} />
      </Panel>
    </div>
  )
}
