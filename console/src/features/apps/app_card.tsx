/** An app in the grid. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { ExternalLink, GitFork } from 'lucide-react'

import { sandboxQuery } from '~/api/apps'
import { sandboxTone } from '~/api/status'
import { templateName } from '~/api/templates'
import type { App } from '~/api/types'
import { Badge, Status } from '~/ui/status'
import { Time } from '~/ui/time'
import { AppMark } from './app_mark'

const TAGS_SHOWN = 3

interface AppCardProps {
  app: App
  /** Whether the sandboxes that are known at once have been asked for. */
  ready: boolean
}

export function AppCard({ app, ready }: AppCardProps) {
  const id = app.current_sandbox_id
  const sandbox = useQuery({ ...sandboxQuery(id ?? ''), enabled: ready && id !== null }).data
  return (
    <article className="relative flex h-full flex-col gap-3 rounded-lg border border-line bg-surface p-4 transition-colors focus-within:border-edge hover:border-edge">
      <div className="flex items-start gap-3">
        <AppMark id={app.id} name={app.name} />
        <div className="min-w-0 flex-1">
          <h2 className="truncate">
            <Link to="/apps/$app" params={{ app: app.id }} className="after:absolute after:inset-0">
              {app.name}
            </Link>
          </h2>
          <p className="truncate text-quiet text-xs">
            {app.description ??
              (sandbox === undefined ? 'No sandbox' : templateName(sandbox.template))}
          </p>
        </div>
        {sandbox?.status === 'running' && sandbox.visibility === 'public' && (
          <a
            href={sandbox.preview.url}
            target="_blank"
            rel="noreferrer"
            aria-label={`Open the preview of ${app.name}`}
            className="relative grid size-8 place-items-center rounded-md text-quiet hover:bg-raised hover:text-ink"
          >
            <ExternalLink size={15} />
          </a>
        )}
      </div>
      <div className="mt-auto flex items-center gap-2 overflow-hidden text-xs">
        <span className="mr-auto text-quiet">
          {sandbox === undefined ? (
            <Status tone="quiet" text={id === null ? 'no sandbox' : '…'} />
          ) : (
            <Status tone={sandboxTone(sandbox.status)} text={sandbox.status} />
          )}
        </span>
        {app.forked_from !== undefined && (
          <GitFork size={13} className="text-quiet" aria-label="A fork" />
        )}
        {app.tags.slice(0, TAGS_SHOWN).map(tag => (
          <Badge key={tag}>{tag}</Badge>
        ))}
        <span className="text-quiet">
          <Time at={sandbox?.last_active_at ?? app.updated_at} />
        </span>
      </div>
    </article>
  )
}
