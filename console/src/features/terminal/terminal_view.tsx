/** A terminal in a sandbox that runs. */
import { useEffect, useRef, useState } from 'react'

import { startSandbox } from '~/api/actions'
import { whyBusy } from '~/api/status'
import { openShell, type Shell, type ShellNews } from '~/api/terminal'
import type { Sandbox } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Button } from '~/ui/button'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import type { Screen } from './screen'

interface TerminalViewProps {
  app: string
  sandbox: Sandbox
}

export function TerminalView({ app, sandbox }: TerminalViewProps) {
  if (sandbox.status !== 'running') return <Asleep app={app} sandbox={sandbox} />
  return <Terminal key={sandbox.generation} sandbox={sandbox.id} />
}

function Asleep({ app, sandbox }: TerminalViewProps) {
  const start = useStartOperation(app, 'Starting the sandbox', () => startSandbox(sandbox.id))
  return (
    <Empty title={`The sandbox is ${sandbox.status}`}>
      <p className="mb-3">A terminal needs one that runs.</p>
      <Button
        look="primary"
        why={whyBusy(sandbox)}
        busy={start.isPending}
        onClick={() => start.mutate()}
      >
        Start it
      </Button>
      <ProblemNote problem={start.error} />
    </Empty>
  )
}

type State = 'connecting' | 'open' | Extract<ShellNews, { what: 'ended' | 'lost' }>

function Terminal({ sandbox }: { sandbox: string }) {
  const place = useRef<HTMLDivElement>(null)
  const { state, again } = useTerminal(sandbox, place)
  const over = typeof state === 'object'
  return (
    <Panel
      title="Terminal"
      flush
      aside={
        <>
          <span role="status" className="text-quiet text-xs" data-testid="terminal-status">
            {describe(state)}
          </span>
          {over && (
            <Button look="primary" onClick={again}>
              {state.what === 'ended' ? 'New shell' : 'Connect again'}
            </Button>
          )}
        </>
      }
    >
      <div className="rounded-b-lg bg-[#101218] p-2">
        <div ref={place} data-testid="terminal" className="h-[65vh] min-h-64 overflow-hidden" />
      </div>
    </Panel>
  )
}

function describe(state: State): string {
  if (state === 'connecting') return 'Connecting…'
  if (state === 'open') return 'Connected. The shell ends when this page is left.'
  if (state.what === 'ended') {
    return state.code === undefined ? 'The shell was ended' : `The shell has ended (${state.code})`
  }
  return state.opened
    ? 'The connection was lost, and the shell with it'
    : 'No shell could be opened; look at the sandbox’s state, then try again'
}

/** A shell for as long as the page is there; another one with `again`. */
function useTerminal(sandbox: string, place: React.RefObject<HTMLDivElement | null>) {
  const [state, setState] = useState<State>('connecting')
  const [round, setRound] = useState(0)
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round is a new shell
  useEffect(() => {
    const parent = place.current
    if (parent === null) return
    let gone = false
    let screen: Screen | undefined
    let shell: Shell | undefined
    setState('connecting')
    const hear = (news: ShellNews): void => {
      if (gone) return
      if (news.what === 'output') screen?.write(news.bytes)
      else setState(news.what === 'open' ? 'open' : news)
    }
    void import('./screen').then(({ openScreen }) => {
      if (gone) return
      screen = openScreen({
        parent,
        onTyped: text => shell?.type(text),
        onSize: ({ cols, rows }) => shell?.resize(cols, rows),
      })
      shell = openShell(sandbox, screen.size(), hear)
      screen.focus()
    })
    return () => {
      gone = true
      shell?.close()
      screen?.destroy()
    }
  }, [sandbox, place, round])
  return { state, again: () => setRound(round + 1) }
}
