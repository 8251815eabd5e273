/** An app's name, state and ways to its parts. */
import { Link } from '@tanstack/react-router'
import { GitFork } from 'lucide-react'

import { reasonText, sandboxTone } from '~/api/status'
import { templateName } from '~/api/templates'
import type { App, Sandbox } from '~/api/types'
import { Badge, Status } from '~/ui/status'

const TABS = [
  ['/apps/$app', 'Overview'],
  ['/apps/$app/tasks', 'Tasks'],
  ['/apps/$app/timeline', 'Timeline'],
  ['/apps/$app/snapshots', 'Snapshots'],
  ['/apps/$app/files', 'Files'],
  ['/apps/$app/terminal', 'Terminal'],
  ['/apps/$app/logs', 'Logs'],
  ['/apps/$app/operations', 'Operations'],
  ['/apps/$app/config', 'Config'],
  ['/apps/$app/settings', 'Settings'],
] as const

export function AppHeader({ app, sandbox }: { app: App; sandbox: Sandbox | undefined }) {
  return (
    <header className="min-w-0 flex-1">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h1 className="min-w-0 font-semibold text-xl">{app.name}</h1>
        {sandbox !== undefined && (
          <Status tone={sandboxTone(sandbox.status)} text={sandbox.status} testId="status" />
        )}
        {app.tags.map(tag => (
          <Link key={tag} to="/" search={{ tag }}>
            <Badge>{tag}</Badge>
          </Link>
        ))}
      </div>
      <p className="mt-1 flex flex-wrap items-center gap-x-3 text-quiet">
        {sandbox !== undefined && <span>{templateName(sandbox.template)}</span>}
        {sandbox !== undefined && <span>{sandbox.visibility} preview</span>}
        {sandbox !== undefined && sandbox.status_reason !== null && (
          <span>{reasonText(sandbox.status_reason)}</span>
        )}
        {sandbox !== undefined && sandbox.active_task_id !== null && (
          <Link
            to="/apps/$app/tasks/$task"
            params={{ app: app.id, task: sandbox.active_task_id }}
            className="text-busy underline"
          >
            a task is under way
          </Link>
        )}
        {app.forked_from !== undefined && (
          <Link
            to="/apps/$app"
            params={{ app: app.forked_from.app_id }}
            className="inline-flex items-center gap-1 underline"
          >
            <GitFork size={13} aria-hidden /> a fork
          </Link>
        )}
        {app.description !== null && <span>{app.description}</span>}
      </p>
    </header>
  )
}

export function AppTabs({ app }: { app: string }) {
  return (
    <nav
      aria-label="Parts of the app"
      className="flex gap-0.5 overflow-x-auto border-line border-b"
    >
      {TABS.map(([to, text]) => (
        <Link
          key={to}
          to={to}
          params={{ app }}
          activeOptions={{ exact: to === '/apps/$app', includeSearch: false }}
          className="inline-flex h-10 shrink-0 items-center border-transparent border-b-2 px-2.5 text-quiet hover:text-ink aria-[current=page]:border-accent aria-[current=page]:text-ink"
        >
          {text}
        </Link>
      ))}
    </nav>
  )
}
