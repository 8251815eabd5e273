/** Asking an agent for something: once, or several times at once to choose the best. */
import { useQuery } from '@tanstack/react-query'
import { Play, Split } from 'lucide-react'
import { type FormEvent, type KeyboardEvent, type ReactNode, useState } from 'react'

import { type Asked, exploreApp, runTask } from '~/api/actions'
import { agentsQuery } from '~/api/tasks'
import type { Agent, Operation, Sandbox } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Button } from '~/ui/button'
import { Area, Input, Select } from '~/ui/field'
import { ProblemNote } from '~/ui/problem_note'
import { AgentMissing } from './agent_missing'
import { pickAgent, toAsked, type Wish, whyNotAsked } from './asked'
import { useDraft } from './draft'

const TIMES = [
  ['10m', '10 minutes'],
  ['30m', '30 minutes'],
  ['2h', '2 hours'],
  ['24h', 'A day'],
] as const
const COUNTS = ['1', '2', '3', '4', '6', '8', '12', '16'] as const
const LAST_AGENT = 'agent'

interface PromptFormProps {
  app: string
  sandbox: Sandbox | undefined
  /** Why nothing but a single task can be begun with the app now. */
  why: string | undefined
  onBegun: (operation: Operation) => void
}

export function PromptForm({ app, sandbox, why, onBegun }: PromptFormProps) {
  const { wish, set, agents, clear } = useWish(app)
  const [count, setCount] = useState<(typeof COUNTS)[number]>('1')
  const isOne = count === '1'
  const run = useStartOperation<Asked>(app, 'Handing the prompt over', asked =>
    runTask(sandbox?.id ?? '', asked),
  )
  const explore = useStartOperation<Asked>(app, 'Beginning to explore', asked =>
    exploreApp(app, { ...asked, count: Number(count) }),
  )
  const begin = isOne ? run : explore
  const off =
    (isOne ? whyNoTask(sandbox) : (whyNoSandbox(sandbox) ?? why)) ?? whyNotAsked(wish, agents)
  const submit = (event?: FormEvent): void => {
    event?.preventDefault()
    if (off !== undefined || begin.isPending) return
    const onSuccess = (operation: Operation): void => {
      clear()
      onBegun(operation)
    }
    begin.mutate(toAsked(wish), { onSuccess })
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit()
  }
  const wrong = (field: string) => (begin.error?.field === field ? begin.error.message : undefined)
  return (
    <form onSubmit={submit} onKeyDown={onKeyDown} className="@container flex flex-col gap-3">
      <Area
        label="Prompt"
        data-testid="task-prompt"
        rows={4}
        placeholder="What is to be done?"
        value={wish.prompt}
        onChange={event => set({ prompt: event.target.value })}
        wrong={wrong('prompt')}
        className="max-h-[50vh] min-h-20 resize-y"
      />
      {wish.agent === 'command' && (
        <Input
          label="Command line"
          value={wish.line}
          onChange={event => set({ line: event.target.value })}
          wrong={wrong('command')}
          hint="Run by sh in the app folder; it finds the prompt in $SANDBOXD_PROMPT."
          className="font-mono"
        />
      )}
      <div className="grid grid-cols-2 items-start gap-3 @2xl:grid-cols-4">
        <Select
          label="Agent"
          value={wish.agent}
          options={(agents ?? []).map(one => [
            one.agent,
            one.ready === false ? `${one.name}: not ready` : one.name,
          ])}
          onChange={agent => set({ agent })}
        />
        {wish.agent !== 'command' && (
          <Input
            label="Model"
            placeholder="The agent’s choice"
            value={wish.model}
            onChange={event => set({ model: event.target.value })}
            wrong={wrong('model')}
          />
        )}
        <Select
          label="At most"
          value={wish.timeout as (typeof TIMES)[number][0]}
          options={TIMES}
          onChange={timeout => set({ timeout })}
        />
        <Select
          label="Variants"
          value={count}
          options={COUNTS.map(one => [one, one === '1' ? 'Just one' : `${one}, to choose from`])}
          onChange={setCount}
        />
      </div>
      <AgentMissing app={app} agent={agents?.find(one => one.agent === wish.agent)} />
      <ProblemNote problem={begin.error} />
      <div className="flex flex-wrap items-center gap-3">
        <Button
          type="submit"
          look="primary"
          data-testid="run-task"
          icon={isOne ? <Play size={14} /> : <Split size={14} />}
          why={off}
          busy={begin.isPending}
        >
          {isOne ? 'Run task' : `Explore ${count} variants`}
        </Button>
        <Hint sandbox={sandbox} isOne={isOne} />
      </div>
    </form>
  )
}

function useWish(app: string) {
  const [prompt, setPrompt] = useDraft(app)
  const [rest, setRest] = useState({ model: '', line: '', timeout: '30m' })
  const [chosen, setChosen] = useState<Agent>()
  const agents = useQuery(agentsQuery(app)).data?.agents
  const agent = chosen ?? pickAgent(agents, localStorage.getItem(LAST_AGENT))
  const wish: Wish = { ...rest, prompt, agent }
  const set = (more: Partial<Wish>): void => {
    const { prompt: said, agent: other, ...others } = more
    if (said !== undefined) setPrompt(said)
    if (other !== undefined) {
      setChosen(other)
      localStorage.setItem(LAST_AGENT, other)
    }
    setRest({ ...rest, ...others })
  }
  return { wish, set, agents, clear: () => setPrompt('') }
}

function whyNoSandbox(sandbox: Sandbox | undefined): string | undefined {
  if (sandbox === undefined) return 'The app has no sandbox yet; make one on its overview'
  if (sandbox.status === 'deleting') return 'The sandbox is being deleted'
  if (sandbox.status === 'error') return 'The sandbox is in error; make it again on the overview'
  return undefined
}

/** Whatever else is under way is waited for. */
export function whyNoTask(sandbox: Sandbox | undefined): string | undefined {
  const why = whyNoSandbox(sandbox)
  if (why !== undefined || sandbox === undefined) return why
  return sandbox.active_task_id === null
    ? undefined
    : 'A task is under way; wait for it, or cancel it'
}

function Hint({ sandbox, isOne }: { sandbox: Sandbox | undefined; isOne: boolean }): ReactNode {
  if (sandbox === undefined) return null
  const asleep = sandbox.status === 'stopped' && isOne
  return (
    <p className="text-quiet text-xs">
      {isOne
        ? 'The workspace is captured before and after, so that it can be undone.'
        : 'Each is a fork with its own preview; the app stays as it is until you adopt one.'}
      {asleep && ' The sandbox is asleep and will be woken.'}
      <span className="max-sm:hidden"> Ctrl or ⌘ with Enter runs it.</span>
    </p>
  )
}
