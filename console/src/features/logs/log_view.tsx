/** The dev server's log as it grows. */
import { useEffect, useRef, useState } from 'react'
import { asProblem, Problem } from '~/api/problem'
import type { Sandbox } from '~/api/types'
import { Button } from '~/ui/button'
import { Check } from '~/ui/field'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { appendText } from './append'

/** How much of what was is asked for, in bytes. */
const TAIL = 65_536

export function LogView({ sandbox }: { sandbox: Sandbox }) {
  const [follow, setFollow] = useState(true)
  const [round, setRound] = useState(0)
  const { text, problem, ended } = useLog(sandbox.id, round)
  const view = useRef<HTMLPreElement>(null)
  useEffect(() => {
    const element = view.current
    if (follow && text !== '' && element !== null) element.scrollTop = element.scrollHeight
  }, [text, follow])
  if (sandbox.status !== 'running') {
    return <Empty title={`The sandbox is ${sandbox.status}`}>Its log is there while it runs.</Empty>
  }
  return (
    <Panel
      title="Log of the dev server"
      flush
      aside={
        <>
          <Check label="Follow" checked={follow} onChange={setFollow} />
          {ended && <Button onClick={() => setRound(round + 1)}>Read again</Button>}
        </>
      }
    >
      <ProblemNote problem={problem} />
      <pre
        ref={view}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        className="h-[65vh] overflow-auto whitespace-pre-wrap px-4 py-3 font-mono text-xs"
      >
        {text}
      </pre>
    </Panel>
  )
}

function useLog(sandbox: string, round: number) {
  const [state, setState] = useState<{ text: string; problem: Problem | null; ended: boolean }>({
    text: '',
    problem: null,
    ended: false,
  })
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round reads again
  useEffect(() => {
    const controller = new AbortController()
    setState({ text: '', problem: null, ended: false })
    const add = (more: string): void =>
      setState(old => ({ ...old, text: appendText(old.text, more) }))
    readLog(sandbox, controller.signal, add).then(
      () => setState(old => ({ ...old, ended: true })),
      error => {
        if (controller.signal.aborted) return
        setState(old => ({ ...old, ended: true, problem: asProblem(error) }))
      },
    )
    return () => controller.abort()
  }, [sandbox, round])
  return state
}

async function readLog(
  sandbox: string,
  signal: AbortSignal,
  add: (text: string) => void,
): Promise<void> {
  const response = await fetch(`/v1/sandboxes/${sandbox}/logs?follow=true&bytes=${TAIL}`, {
    signal,
  })
  if (!response.ok || response.body === null) {
    throw new Problem(response.status, await response.json().catch(() => undefined))
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  while (true) {
    const { done, value } = await reader.read()
    if (done) return
    add(value)
  }
}
