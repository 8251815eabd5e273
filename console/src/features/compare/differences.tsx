/** The files that differ between two snapshots. */
import { useQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { useState } from 'react'

import { diffQuery } from '~/api/snapshots'
import type { Tone } from '~/api/status'
import type { FileDiff, SnapshotDiff } from '~/api/types'
import { Button } from '~/ui/button'
import { cx } from '~/ui/cx'
import { INPUT } from '~/ui/field'
import { formatBytes } from '~/ui/format'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { Badge } from '~/ui/status'
import { FileDifference } from './file_diff'
import { describe } from './kinds'

/** How many files are shown until somebody wants more. */
const SHOWN = 200

const TONES: Record<FileDiff['status'], Tone> = { added: 'good', changed: 'busy', removed: 'bad' }

interface DifferencesProps {
  from: string
  to: string
  all: boolean
}

export function Differences({ from, to, all }: DifferencesProps) {
  const { data, error } = useQuery(diffQuery(to, from, all))
  if (data === undefined) {
    return (
      <Panel title="Files">
        {error === null ? <SkeletonRows rows={5} /> : <ProblemNote problem={error} />}
      </Panel>
    )
  }
  return <FileList diff={data} from={from} to={to} />
}

function FileList({ diff, from, to }: { diff: SnapshotDiff; from: string; to: string }) {
  const [wanted, setWanted] = useState('')
  const [most, setMost] = useState(SHOWN)
  const found = diff.files.filter(file => file.path.toLowerCase().includes(wanted.toLowerCase()))
  return (
    <Panel
      title="Files"
      testId="differences"
      flush
      aside={
        <>
          <Badge tone="good">{`${diff.added} added`}</Badge>
          <Badge tone="busy">{`${diff.changed} changed`}</Badge>
          <Badge tone="bad">{`${diff.removed} removed`}</Badge>
          <input
            type="search"
            aria-label="Find a file"
            placeholder="Find a file"
            value={wanted}
            onChange={event => setWanted(event.target.value)}
            className={`${INPUT} h-8 w-40`}
          />
        </>
      }
    >
      {diff.truncated && (
        <p role="status" className="bg-warn/10 px-4 py-2">
          There may be more: only the first {diff.files.length} are listed.
        </p>
      )}
      {found.length === 0 && (
        <Empty title={diff.files.length === 0 ? 'No file differs' : 'No file is called so'} />
      )}
      <ul className="divide-y divide-line">
        {found.slice(0, most).map(file => (
          <FileRow key={file.path} file={file} before={from} after={to} />
        ))}
      </ul>
      {found.length > most && (
        <div className="p-3">
          <Button onClick={() => setMost(most + SHOWN)}>{`Show more of ${found.length}`}</Button>
        </div>
      )}
    </Panel>
  )
}

function FileRow({ file, before, after }: { file: FileDiff; before: string; after: string }) {
  const [open, setOpen] = useState(false)
  return (
    <li data-testid={`file-${file.path}`}>
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
        className="flex min-h-9 w-full flex-wrap items-center gap-x-2.5 gap-y-0.5 px-4 py-1.5 text-left hover:bg-raised"
      >
        <ChevronRight
          size={14}
          aria-hidden
          className={cx('shrink-0 text-quiet transition-transform', open && 'rotate-90')}
        />
        <Badge tone={TONES[file.status]}>{file.status}</Badge>
        <span className="min-w-0 font-mono text-xs">{file.path}</span>
        <span className="ml-auto text-quiet text-xs">{describe(file, formatBytes)}</span>
      </button>
      {open && <FileDifference file={file} before={before} after={after} />}
    </li>
  )
}
