/** A list that grows at its end and is as long as it gets: only what is seen is rendered, and the end
 * is kept in sight until the reader scrolls up. */
import { useVirtualizer } from '@tanstack/react-virtual'
import { useLayoutEffect, useRef, useState } from 'react'

/** How near the end counts as there, in pixels. */
const NEAR = 24
const ROW = 30

export function useFollow(rows: readonly { seq: number }[]) {
  const view = useRef<HTMLDivElement>(null)
  const last = useRef(0)
  const [following, setFollowing] = useState(true)
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => view.current,
    estimateSize: () => ROW,
    getItemKey: index => rows[index]?.seq ?? index,
    overscan: 12,
  })
  const size = virtual.getTotalSize()
  // Rows are measured when they are there, so the end moves after it was scrolled to.
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever the size changes
  useLayoutEffect(() => {
    if (following && view.current !== null) view.current.scrollTop = view.current.scrollHeight
  }, [following, size, rows.length])
  const onScroll = (): void => {
    const element = view.current
    if (element === null) return
    const isUp = element.scrollTop < last.current
    last.current = element.scrollTop
    if (element.scrollHeight - element.clientHeight - element.scrollTop < NEAR) setFollowing(true)
    // Only a reader scrolls up; what comes in between moves the end down.
    else if (isUp) setFollowing(false)
  }
  return { view, virtual, following, onScroll, toEnd: () => setFollowing(true) }
}
