/** What somebody is about to ask for. What was typed outlives a refresh, and who was asked a visit. */
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'

import { agentsQuery } from '~/api/tasks'
import type { Agent } from '~/api/types'
import { pickAgent, type Wish } from './asked'
import { useDraft } from './draft'

const LAST_AGENT = 'agent'

export function useWish(app: string) {
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
