/** The dev server's log as it grows; who scrolls up isn't dragged down. */
import { ArrowDownToLine, ChevronDown, ChevronUp } from 'lucide-react'
import { memo, type RefObject, useEffect, useMemo, useRef, useState } from 'react'

import type { Sandbox } from '~/api/types'
import { Button } from '~/ui/button'
import { Copy } from '~/ui/copy'
import { cx } from '~/ui/cx'
import { INPUT } from '~/ui/field'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { linesOf, matching, pieces } from './search'
import { useLog } from './use_log'

/** This near to its end somebody looks at the end, in pixels. */
const NEAR = 24

export function LogView({ sandbox }: { sandbox: Sandbox }) {
  const running = sandbox.status === 'running'
  const { text, live, problem } = useLog(sandbox.id, running)
  const [wanted, setWanted] = useState('')
  const view = useRef<HTMLDivElement>(null)
  const lines = useMemo(() => linesOf(text), [text])
  const found = useMemo(() => matching(lines, wanted), [lines, wanted])
  const { follows, follow, pause, onScroll } = useFollow(view, text)
  const { at, step } = useMatches(view, found, wanted, pause)
  if (!running) {
    return <Empty title={`The sandbox is ${sandbox.status}`}>Its log is there while it runs.</Empty>
  }
  return (
    <Panel
      title="Log of the dev server"
      flush
      aside={
        <>
          <span role="status" className="text-quiet text-xs" data-testid="log-state">
            {!live ? 'Connecting…' : follows ? 'Following' : 'Paused'}
          </span>
          <Search wanted={wanted} found={found.length} at={at} onChange={setWanted} step={step} />
          <Copy text={text} label="Copy the log" />
        </>
      }
    >
      <ProblemNote problem={problem} />
      <div className="relative">
        <div
          ref={view}
          onScroll={onScroll}
          role="log"
          aria-label="Log of the dev server"
          aria-live="off"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
          tabIndex={0}
          className="h-[65vh] overflow-auto px-4 py-3 font-mono text-xs"
        >
          {lines.map((line, number) => (
            <Line key={number} line={line} wanted={wanted} current={found[at] === number} />
          ))}
          {live && lines.length === 0 && <p className="text-quiet">Nothing was printed yet</p>}
        </div>
        {!follows && (
          <Button
            icon={<ArrowDownToLine size={14} />}
            className="absolute right-6 bottom-3 shadow-lg"
            onClick={follow}
          >
            Follow
          </Button>
        )}
      </div>
    </Panel>
  )
}

interface LineProps {
  line: string
  wanted: string
  current: boolean
}

const Line = memo(function Line({ line, wanted, current }: LineProps) {
  return (
    <div
      {...(current ? { 'data-current': true } : {})}
      className={cx('min-h-4 whitespace-pre-wrap', current && 'bg-raised')}
    >
      {pieces(line, wanted).map((piece, at) =>
        at % 2 === 1 ? <mark key={at}>{piece}</mark> : piece,
      )}
    </div>
  )
})

interface SearchProps {
  wanted: string
  found: number
  at: number
  onChange: (wanted: string) => void
  step: (by: 1 | -1) => void
}

function Search({ wanted, found, at, onChange, step }: SearchProps) {
  const why = found === 0 ? 'No line has it' : undefined
  return (
    <span className="flex items-center gap-1">
      <input
        type="search"
        aria-label="Search the log"
        placeholder="Search"
        value={wanted}
        onChange={event => onChange(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Enter') step(event.shiftKey ? -1 : 1)
        }}
        className={`${INPUT} h-8 w-36`}
      />
      {wanted !== '' && (
        <>
          <span className="nums min-w-12 text-center text-quiet text-xs" role="status">
            {found === 0 ? 'None' : `${at + 1} of ${found}`}
          </span>
          <Button
            look="bare"
            label="Previous"
            why={why}
            icon={<ChevronUp size={15} />}
            onClick={() => step(-1)}
          />
          <Button
            look="bare"
            label="Next"
            why={why}
            icon={<ChevronDown size={15} />}
            onClick={() => step(1)}
          />
        </>
      )}
    </span>
  )
}

/** Keeps the end in view, until somebody scrolls away from it, and again when they come back. */
function useFollow(view: RefObject<HTMLElement | null>, text: string) {
  const [follows, setFollows] = useState(true)
  const end = useRef({ top: 0, height: 0 })
  useEffect(() => {
    const element = view.current
    if (!follows || text === '' || element === null) return
    // A reader may have scrolled up a moment ago, of which the event is still to come. Where lines
    // were dropped the view moves up by itself.
    const { top, height } = end.current
    if (element.scrollTop < top - NEAR && element.scrollHeight >= height) {
      setFollows(false)
      return
    }
    element.scrollTop = element.scrollHeight
    end.current = { top: element.scrollTop, height: element.scrollHeight }
  }, [view, text, follows])
  const onScroll = (): void => {
    const element = view.current
    if (element === null) return
    setFollows(element.scrollHeight - element.scrollTop - element.clientHeight < NEAR)
  }
  const follow = (): void => {
    end.current = { top: 0, height: 0 }
    setFollows(true)
  }
  return { follows, follow, pause: () => setFollows(false), onScroll }
}

/** Goes from one line that was found to the next, round and round. */
function useMatches(
  view: RefObject<HTMLElement | null>,
  found: readonly number[],
  wanted: string,
  onStep: () => void,
) {
  const [place, setPlace] = useState(0)
  const at = found.length === 0 ? 0 : Math.min(place, found.length - 1)
  const step = (by: 1 | -1): void => {
    if (found.length === 0) return
    onStep()
    setPlace((at + by + found.length) % found.length)
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: a step scrolls, and another search, but no new line
  useEffect(() => {
    view.current?.querySelector('[data-current]')?.scrollIntoView({ block: 'center' })
  }, [place, wanted])
  return { at, step }
}
