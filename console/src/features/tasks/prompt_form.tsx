/** Asking an agent for something: once, or several times at once to choose the best. */
import { Play, Split } from 'lucide-react'
import { type FormEvent, type KeyboardEvent, useState } from 'react'

import { type Asked, exploreApp, runTask } from '~/api/actions'
import type { Operation, Sandbox } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Button } from '~/ui/button'
import { Area } from '~/ui/field'
import { ProblemNote } from '~/ui/problem_note'
import { AgentMissing } from './agent_missing'
import { toAsked, whyNotAsked } from './asked'
import { Choices } from './choices'
import { useWish } from './use_wish'
import { whyNoSandbox, whyNoTask } from './why'

interface PromptFormProps {
  app: string
  sandbox: Sandbox | undefined
  /** Why nothing but a single task can be begun with the app now. */
  why: string | undefined
  onBegun: (operation: Operation) => void
}

export function PromptForm({ app, sandbox, why, onBegun }: PromptFormProps) {
  const { wish, set, agents, clear } = useWish(app)
  const [count, setCount] = useState(1)
  const isOne = count === 1
  const begin = useBegin(app, sandbox, count)
  const noPlace = isOne ? whyNoTask(sandbox) : (whyNoSandbox(sandbox) ?? why)
  const off = noPlace ?? whyNotAsked(wish, agents)
  const submit = (event?: FormEvent): void => {
    event?.preventDefault()
    if (off !== undefined || begin.isPending) return
    const onSuccess = (operation: Operation): void => {
      clear()
      onBegun(operation)
    }
    begin.mutate(toAsked(wish), { onSuccess })
  }
  const wrong = (field: string) => (begin.error?.field === field ? begin.error.message : undefined)
  return (
    <form
      onSubmit={submit}
      onKeyDown={event => isRun(event) && submit()}
      className="@container flex flex-col gap-3"
    >
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
      <Choices {...{ wish, set, agents, count, wrong }} onCount={setCount} />
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

/** Ctrl or ⌘ with Enter runs it from wherever one types. */
export function isRun({ key, ctrlKey, metaKey }: KeyboardEvent): boolean {
  return key === 'Enter' && (ctrlKey || metaKey)
}

function useBegin(app: string, sandbox: Sandbox | undefined, count: number) {
  const run = useStartOperation<Asked>(app, 'Handing the prompt over', asked =>
    runTask(sandbox?.id ?? '', asked),
  )
  const explore = useStartOperation<Asked>(app, 'Beginning to explore', asked =>
    exploreApp(app, { ...asked, count }),
  )
  return count === 1 ? run : explore
}

function Hint({ sandbox, isOne }: { sandbox: Sandbox | undefined; isOne: boolean }) {
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
