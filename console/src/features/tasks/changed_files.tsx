/** The files that a task has changed, by name. */
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'

import { changesQuery } from '~/api/tasks'
import type { Task } from '~/api/types'
import { Button } from '~/ui/button'
import { cx } from '~/ui/cx'
import { type Change, toChanges } from './changes'
import { countFiles } from './task_row'

/** How many are shown before somebody asks for all. */
const FEW = 50

export function ChangedFiles({ task }: { task: Task }) {
  const [all, setAll] = useState(false)
  const { checkpoint_before: before, checkpoint_after: after, files_changed: files } = task
  const both = before !== null && after !== null
  const diff = useQuery({
    ...changesQuery(before ?? '', after ?? ''),
    // Where it can't be had, because a checkpoint is gone, the names alone are shown.
    enabled: both && files !== null && files.length > 0,
    retry: false,
  })
  if (files === null) return null
  const { changes, counts, more } = toChanges(files, diff.data)
  const shown = all ? changes : changes.slice(0, FEW)
  return (
    <div className="border-line border-t">
      <header className="flex flex-wrap items-center gap-x-3 gap-y-1 px-4 pt-2.5 pb-2">
        <h3 className="mr-auto">
          {countFiles(changes.length)}
          {more && ' or more'}
        </h3>
        {counts !== undefined && <span className="nums text-quiet text-xs">{counts}</span>}
        {both && files.length > 0 && (
          <Link
            to="/apps/$app/snapshots/compare"
            params={{ app: task.app_id }}
            search={{ from: before, to: after }}
            className="text-xs underline"
          >
            Compare
          </Link>
        )}
      </header>
      {files.length > 0 && (
        <ul
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          tabIndex={0}
          aria-label="Files changed"
          className="max-h-72 overflow-y-auto px-4 pb-3 font-mono text-xs"
        >
          {shown.map(change => (
            <File key={change.path} change={change} />
          ))}
        </ul>
      )}
      {changes.length > shown.length && (
        <div className="px-4 pb-3">
          <Button onClick={() => setAll(true)} className="h-7 text-xs">
            Show all {changes.length}
          </Button>
        </div>
      )}
    </div>
  )
}

const SIGNS = {
  added: ['+', 'text-good'],
  changed: ['~', 'text-busy'],
  removed: ['−', 'text-bad'],
} as const

function File({ change }: { change: Change }) {
  const [sign, colour] = change.status === undefined ? ['·', 'text-quiet'] : SIGNS[change.status]
  return (
    <li className="flex gap-2 py-0.5">
      <span aria-hidden className={cx('w-2 shrink-0 text-center', colour)}>
        {sign}
      </span>
      <span className="min-w-0">
        {change.path}
        {change.status !== undefined && <span className="sr-only"> {change.status}</span>}
      </span>
    </li>
  )
}
