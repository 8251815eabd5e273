/** A button. One that can't be used says why, and stays reachable by keyboard so that it can. */
import { LoaderCircle } from 'lucide-react'
import type { ComponentProps, ReactNode } from 'react'

import { cx } from './cx'
import { Tooltip } from './tooltip'

export type Look = 'primary' | 'plain' | 'danger' | 'bare'

const LOOKS: Record<Look, string> = {
  primary: 'bg-accent text-on-accent border-transparent hover:opacity-90',
  plain: 'bg-surface border-line text-ink hover:bg-raised',
  danger: 'bg-surface border-line text-bad hover:bg-raised',
  bare: 'border-transparent text-quiet hover:bg-raised hover:text-ink',
}

interface ButtonProps extends Omit<ComponentProps<'button'>, 'disabled'> {
  look?: Look
  icon?: ReactNode
  /** Why it can't be used now. */
  why?: string | undefined
  /** Whether what it does is under way. */
  busy?: boolean
  /** What it is called, where it shows only an icon. */
  label?: string
}

export function Button(props: ButtonProps) {
  const { look = 'plain', icon, why, busy = false, label, className, onClick, ...rest } = props
  const off = why !== undefined || busy
  const button = (
    <button
      type="button"
      {...rest}
      aria-label={label}
      aria-disabled={off || undefined}
      onClick={off ? event => event.preventDefault() : onClick}
      className={cx(
        'inline-flex h-8 shrink-0 select-none items-center justify-center gap-1.5 whitespace-nowrap rounded-md border font-medium transition-colors',
        label === undefined ? 'px-3' : 'w-8',
        LOOKS[look],
        off && 'cursor-not-allowed opacity-55',
        className,
      )}
    >
      {busy ? <LoaderCircle size={15} className="animate-spin" aria-hidden /> : icon}
      {rest.children}
    </button>
  )
  const tip = why ?? label
  return tip === undefined ? button : <Tooltip text={tip}>{button}</Tooltip>
}
