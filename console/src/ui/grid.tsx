/** A grid of equal cards that renders only what is near the window. */
import { useWindowVirtualizer } from '@tanstack/react-virtual'
import { type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react'

interface GridProps<T> {
  items: readonly T[]
  keyOf: (item: T) => string
  render: (item: T) => ReactNode
  /** Heights and widths in pixels. */
  rowHeight: number
  minWidth: number
  onEnd: () => void
}

const GAP = 12

export function Grid<T>(props: GridProps<T>) {
  const { items, minWidth, onEnd } = props
  const { ref, columns, offset } = useColumns(minWidth)
  const rows = Math.ceil(items.length / columns)
  const virtual = useWindowVirtualizer({
    count: rows,
    estimateSize: () => props.rowHeight + GAP,
    overscan: 4,
    scrollMargin: offset,
  })
  const shown = virtual.getVirtualItems()
  const last = shown.at(-1)?.index ?? -1
  useEffect(() => {
    if (last >= rows - 1) onEnd()
  }, [last, rows, onEnd])
  return (
    <ul ref={ref} className="relative" style={{ height: virtual.getTotalSize() }}>
      {shown.flatMap(row =>
        items.slice(row.index * columns, (row.index + 1) * columns).map((item, column) => (
          <li
            key={props.keyOf(item)}
            className="absolute"
            style={{
              top: row.start - offset,
              height: props.rowHeight,
              width: `calc((100% - ${(columns - 1) * GAP}px) / ${columns})`,
              left: `calc((100% + ${GAP}px) / ${columns} * ${column})`,
            }}
          >
            {props.render(item)}
          </li>
        )),
      )}
    </ul>
  )
}

function useColumns(minWidth: number) {
  const ref = useRef<HTMLUListElement>(null)
  const [size, setSize] = useState({ columns: 1, offset: 0 })
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    const measure = (): void => {
      const columns = Math.max(1, Math.floor((element.clientWidth + GAP) / (minWidth + GAP)))
      const offset = element.getBoundingClientRect().top + window.scrollY
      setSize(old => (old.columns === columns && old.offset === offset ? old : { columns, offset }))
    }
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(document.body)
    observer.observe(element)
    return () => observer.disconnect()
  }, [minWidth])
  return { ref, ...size }
}
