/** What a port of a sandbox answers, in a frame. */
import { useQuery } from '@tanstack/react-query'

import { ownLinkQuery } from '~/api/preview_tokens'
import type { Sandbox } from '~/api/types'
import { cx } from '~/ui/cx'
import { Empty } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { useTaskEnds } from './use_task_ends'

interface PreviewFrameProps {
  sandbox: Sandbox
  port: number
  /** How high it is, unless as the app's own. */
  height?: string
  /** What it is called, where a page has several. */
  title?: string
}

/** A stopped sandbox isn't framed: that would wake it. */
export function PreviewFrame(props: PreviewFrameProps) {
  const { sandbox, port, height = 'h-[62vh] min-h-80', title = 'Preview' } = props
  const size = cx('block w-full', height)
  const isPrivate = sandbox.visibility === 'private'
  const runs = sandbox.status === 'running'
  const ends = useTaskEnds(sandbox)
  const link = useQuery({ ...ownLinkQuery(sandbox.id, port), enabled: isPrivate && runs })
  const url = sandbox.preview.urls[String(port)] ?? sandbox.preview.url
  const src = isPrivate ? link.data?.url : url
  if (link.error !== null) return <ProblemNote problem={link.error} />
  if (!runs || src === undefined) {
    return (
      <div data-testid="preview" className={cx(size, 'grid place-items-center bg-surface')}>
        <Empty title={runs ? 'Loading…' : `The sandbox is ${sandbox.status}`}>
          {sandbox.status === 'stopped' && 'Start it, or visit its address: that wakes it.'}
        </Empty>
      </div>
    )
  }
  return (
    <iframe
      key={ends}
      title={title}
      data-testid="preview"
      src={src}
      loading="lazy"
      className={size}
      allow="clipboard-write; fullscreen"
      sandbox="allow-scripts allow-same-origin allow-forms allow-popups allow-modals allow-downloads"
    />
  )
}
