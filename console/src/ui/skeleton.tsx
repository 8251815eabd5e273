/** Where something will be. */
import { cx } from './cx'

export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={cx('animate-breathe rounded-md bg-raised', className)} />
}

interface SkeletonRowsProps {
  rows?: number
  className?: string
}

export function SkeletonRows({ rows = 4, className = 'h-9' }: SkeletonRowsProps) {
  return (
    <div className="flex flex-col gap-2" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        <Skeleton key={row} className={className} />
      ))}
    </div>
  )
}
