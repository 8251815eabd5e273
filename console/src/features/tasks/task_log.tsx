/** The log of a task: live, as long as it gets, and followed until the reader scrolls up. */
import { ArrowDownToLine } from 'lucide-react'
import { type ReactNode, useCallback, useState } from 'react'

import type { Task, TaskOutput } from '~/api/types'
import { Button } from '~/ui/button'
import { Check } from '~/ui/field'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { EntryRow } from './entry_row'
import { toJson } from './output'
import { useFollow } from './use_follow'
import { useOutput } from './use_output'

export function TaskLog({ task }: { task: Task }) {
  const { output, problem, over } = useOutput(task.sandbox_id, task.id)
  const [raw, setRaw] = useState(false)
  const [turned, setTurned] = useState<ReadonlyMap<number, boolean>>(new Map())
  const { entries, pieces } = output
  const rows = raw ? pieces : entries
  const { view, virtual, following, onScroll, toEnd } = useFollow(rows)
  const turn = useCallback((seq: number, open: boolean): void => {
    setTurned(old => new Map(old).set(seq, open))
  }, [])
  const rowAt = (index: number): ReactNode => {
    const [entry, piece] = [entries[index], pieces[index]]
    if (raw) return piece === undefined ? null : <RawRow piece={piece} />
    if (entry === undefined) return null
    return <EntryRow entry={entry} open={turned.get(entry.seq)} onTurn={turn} />
  }
  const aside = (
    <>
      {!following && (
        <Button icon={<ArrowDownToLine size={14} />} onClick={toEnd} className="h-7 text-xs">
          To the end
        </Button>
      )}
      <Check label="Raw" checked={raw} onChange={setRaw} />
    </>
  )
  return (
    <Panel title="Log" aside={aside} flush>
      <ProblemNote problem={problem} />
      <div
        ref={view}
        data-testid="task-log"
        role="log"
        aria-label="What the agent says"
        // Far too much to be read out as it comes; the status is.
        aria-live="off"
        aria-busy={!over}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        onScroll={onScroll}
        className="max-h-[60vh] min-h-32 overflow-y-auto overflow-x-hidden py-1"
      >
        {rows.length === 0 && (
          <Empty title={over ? 'It said nothing' : 'Nothing has been said yet'} />
        )}
        <ol className="relative" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, key, start }) => (
            <li
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className="absolute inset-x-0 top-0"
              style={{ transform: `translateY(${start}px)` }}
            >
              {rowAt(index)}
            </li>
          ))}
        </ol>
      </div>
    </Panel>
  )
}

/** A piece as it came. */
function RawRow({ piece }: { piece: TaskOutput }) {
  return (
    <code className="block whitespace-pre-wrap px-4 py-1 font-mono text-xs">{toJson(piece)}</code>
  )
}
