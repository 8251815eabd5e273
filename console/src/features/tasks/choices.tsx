/** Who is asked, and how. */
import type { AgentInfo } from '~/api/types'
import { Input, Select } from '~/ui/field'
import type { Wish } from './asked'

const TIMES = [
  ['10m', '10 minutes'],
  ['30m', '30 minutes'],
  ['2h', '2 hours'],
  ['24h', 'A day'],
] as const
const COUNTS = ['1', '2', '3', '4', '6', '8', '12', '16'] as const

interface ChoicesProps {
  wish: Wish
  set: (more: Partial<Wish>) => void
  agents: AgentInfo[] | undefined
  count: number
  onCount: (count: number) => void
  /** What is wrong with a field. */
  wrong: (field: string) => string | undefined
}

export function Choices({ wish, set, agents, count, onCount, wrong }: ChoicesProps) {
  const isCommand = wish.agent === 'command'
  return (
    <>
      {isCommand && (
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
        {!isCommand && (
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
          value={String(count)}
          options={COUNTS.map(one => [one, one === '1' ? 'Just one' : `${one}, to choose from`])}
          onChange={value => onCount(Number(value))}
        />
      </div>
    </>
  )
}
