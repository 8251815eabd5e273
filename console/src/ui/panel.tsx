/** A part of a page with a heading of its own. */
import { type ReactNode, useId } from 'react'

import { cx } from './cx'

interface PanelProps {
  title: string
  /** What stands to the right of the heading. */
  aside?: ReactNode
  children: ReactNode
  testId?: string
  /** The contents reach its edges. */
  flush?: boolean
  className?: string
}

export function Panel({ title, aside, children, testId, flush = false, className }: PanelProps) {
  const id = useId()
  return (
    <section
      aria-labelledby={id}
      data-testid={testId}
      className={cx('min-w-0 rounded-lg border border-line bg-surface', className)}
    >
      <header className="flex min-h-11 flex-wrap items-center gap-2 border-line border-b px-4 py-1.5">
        <h2 id={id} className="mr-auto">
          {title}
        </h2>
        {aside}
      </header>
      <div className={flush ? '' : 'p-4'}>{children}</div>
    </section>
  )
}

interface EmptyProps {
  title: string
  children?: ReactNode
  testId?: string
}

/** Nothing is there yet, and what would make it so. */
export function Empty({ title, children, testId }: EmptyProps) {
  return (
    <div data-testid={testId} className="flex flex-col items-center gap-1.5 px-4 py-8 text-center">
      <p className="font-medium">{title}</p>
      {children !== undefined && <div className="max-w-prose text-quiet">{children}</div>}
    </div>
  )
}
