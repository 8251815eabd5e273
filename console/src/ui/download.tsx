/** A link that saves what it leads to, looking like a button. */
import { Download as Icon } from 'lucide-react'

interface DownloadProps {
  href: string
  children: string
  /** What it is saved as, where the answer doesn't say. */
  name?: string
}

export function Download({ href, children, name = '' }: DownloadProps) {
  return (
    <a
      href={href}
      download={name}
      className="inline-flex h-8 shrink-0 items-center gap-1.5 whitespace-nowrap rounded-md border border-line bg-surface px-3 font-medium hover:bg-raised"
    >
      <Icon size={14} aria-hidden />
      {children}
    </a>
  )
}
