/** The files of an app's sandbox. */
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'

import { FilesView } from '~/features/files/files_view'
import { Empty } from '~/ui/panel'
import { useApp } from './use_app'

export function FilesPage() {
  const { app: id } = useParams({ from: '/apps/$app/files' })
  const { path } = useSearch({ from: '/apps/$app/files' })
  const navigate = useNavigate({ from: '/apps/$app/files' })
  const { app, sandbox } = useApp(id)
  if (app !== undefined && app.current_sandbox_id === null) {
    return (
      <Empty title="There is no sandbox">
        Make one on the overview, or restore a snapshot: then its files are here.
      </Empty>
    )
  }
  if (sandbox === undefined) return null
  return (
    <FilesView
      key={sandbox.id}
      sandbox={sandbox.id}
      path={path}
      onOpen={next => void navigate({ search: next === undefined ? {} : { path: next } })}
    />
  )
}
