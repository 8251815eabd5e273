/** A status as a dot and a word: colour never says it alone. */
import type { Tone } from '~/api/status'
import { cx } from './cx'

const DOTS: Record<Tone, string> = {
  good: 'bg-good',
  warn: 'bg-warn',
  bad: 'bg-bad',
  busy: 'bg-busy animate-breathe',
  quiet: 'border-2 border-edge',
}

export function Dot({ tone }: { tone: Tone }) {
  return <span aria-hidden className={cx('size-2 shrink-0 rounded-full', DOTS[tone])} />
}

interface StatusProps {
  tone: Tone
  text: string
  testId?: string
}

export function Status({ tone, text, testId }: StatusProps) {
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap">
      <Dot tone={tone} />
      <span data-testid={testId}>{text}</span>
    </span>
  )
}

export function Badge({ children, tone = 'quiet' }: { children: string; tone?: Tone }) {
  const colours: Record<Tone, string> = {
    good: 'text-good bg-good/10',
    warn: 'text-warn bg-warn/10',
    bad: 'text-bad bg-bad/10',
    busy: 'text-busy bg-busy/10',
    quiet: 'text-quiet bg-raised',
  }
  return (
    <span className={cx('whitespace-nowrap rounded px-1.5 py-0.5 text-xs', colours[tone])}>
      {children}
    </span>
  )
}
