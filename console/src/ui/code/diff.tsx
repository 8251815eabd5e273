/** What differs between two texts. */
import { useEffect, useRef } from 'react'

import { type DiffOptions, showDiff } from './diff_view'

export default function Diff({ path, before, after }: Omit<DiffOptions, 'parent'>) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (place.current === null) return
    return showDiff({ parent: place.current, path, before, after })
  }, [path, before, after])
  return <div ref={place} className="overflow-x-auto" />
}
