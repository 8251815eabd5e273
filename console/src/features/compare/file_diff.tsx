/** One file in both snapshots, read when somebody wants to see it. */
import { useQuery } from '@tanstack/react-query'
import { lazy, type ReactNode, Suspense } from 'react'

import { contentsQuery, contentsUrl } from '~/api/snapshots'
import type { FileDiff } from '~/api/types'
import { Download } from '~/ui/download'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { shownOf } from './kinds'

const Diff = lazy(() => import('~/ui/code/diff'))

interface FileDiffProps {
  file: FileDiff
  before: string
  after: string
}

export function FileDifference({ file, before, after }: FileDiffProps) {
  const shown = shownOf(file)
  if (shown.what === 'nothing') {
    return (
      <Unshown why={shown.why}>
        {file.type === 'file' && file.lossy !== true && (
          <Downloads file={file} before={before} after={after} />
        )}
      </Unshown>
    )
  }
  return <TextDifference file={file} before={before} after={after} shown={shown} />
}

interface TextDifferenceProps extends FileDiffProps {
  shown: { before: boolean; after: boolean }
}

function TextDifference({ file, before, after, shown }: TextDifferenceProps) {
  const old = useQuery({ ...contentsQuery(before, file.path), enabled: shown.before })
  const now = useQuery({ ...contentsQuery(after, file.path), enabled: shown.after })
  const problem = old.error ?? now.error
  if (problem !== null) return <ProblemNote problem={problem} />
  if ((shown.before && old.data === undefined) || (shown.after && now.data === undefined)) {
    return <SkeletonRows rows={3} className="h-5" />
  }
  if (old.data === null || now.data === null) {
    return (
      <Unshown why="It isn’t text">
        <Downloads file={file} before={before} after={after} />
      </Unshown>
    )
  }
  return (
    <Suspense fallback={<SkeletonRows rows={3} className="h-5" />}>
      <Diff path={file.path} before={old.data?.text ?? ''} after={now.data?.text ?? ''} />
    </Suspense>
  )
}

function Downloads({ file, before, after }: FileDiffProps) {
  return (
    <span className="flex flex-wrap gap-2">
      {file.status !== 'added' && (
        <Download href={contentsUrl(before, file.path)}>As it was</Download>
      )}
      {file.status !== 'removed' && (
        <Download href={contentsUrl(after, file.path)}>As it became</Download>
      )}
    </span>
  )
}

function Unshown({ why, children }: { why: string; children: ReactNode }) {
  return (
    <div className="flex flex-wrap items-center gap-3 px-4 py-2 text-quiet">
      <span className="mr-auto">{why}.</span>
      {children}
    </div>
  )
}
