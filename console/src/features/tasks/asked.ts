/** What is asked of an agent: out of a form, and again out of a task. */
import type { Asked } from '~/api/actions'
import type { Agent, AgentInfo, Task } from '~/api/types'

export interface Wish {
  prompt: string
  agent: Agent
  model: string
  /** A line of shell, for agent `command`. */
  line: string
  timeout: string
}

export function toAsked({ prompt, agent, model, line, timeout }: Wish): Asked {
  return {
    prompt: prompt.trim(),
    agent,
    timeout,
    ...(model.trim() === '' || agent === 'command' ? {} : { model: model.trim() }),
    ...(agent === 'command' ? { command: ['sh', '-c', line] } : {}),
  }
}

/** The same once more. */
export function again({ prompt, agent, model, command, timeout_ms }: Task): Asked {
  return {
    prompt,
    agent,
    timeout: `${Math.max(1, Math.round(timeout_ms / 1_000))}s`,
    ...(model === null ? {} : { model }),
    ...(command === null ? {} : { command }),
  }
}

/** Why nothing can be asked so; undefined where it can. */
export function whyNotAsked(wish: Wish, agents: AgentInfo[] | undefined): string | undefined {
  if (wish.prompt.trim() === '') return 'Say what is to be done first'
  if (wish.agent === 'command' && wish.line.trim() === '') return 'Give the command line first'
  const agent = agents?.find(one => one.agent === wish.agent)
  return agent?.ready === false ? `${agent.name} can’t work here yet: see below` : undefined
}

/** Who is asked unless somebody says: who was asked last, if it is ready, or else who is. */
export function pickAgent(agents: AgentInfo[] | undefined, last: string | null): Agent {
  const ready = agents?.filter(one => one.ready !== false) ?? []
  const found = ready.find(one => one.agent === last) ?? ready.find(one => one.program !== null)
  return found?.agent ?? 'opencode'
}
