/** What an agent lacks to work in an app, and how it gets that. */
import { Link } from '@tanstack/react-router'
import { CircleAlert } from 'lucide-react'

import type { AgentInfo } from '~/api/types'

interface AgentMissingProps {
  app: string
  agent: AgentInfo | undefined
}

export function AgentMissing({ app, agent }: AgentMissingProps) {
  if (agent === undefined || agent.ready !== false) return null
  const lacksProgram = agent.installed === false
  const keys = agent.needs.config_any_of
  const lacksKey = (agent.missing ?? []).length > (lacksProgram ? 1 : 0)
  return (
    <div
      role="status"
      className="flex items-start gap-2.5 rounded-md border border-warn/40 bg-warn/8 px-3 py-2.5"
    >
      <CircleAlert size={16} className="mt-0.5 shrink-0 text-warn" aria-hidden />
      <div className="min-w-0">
        <p>{agent.name} can’t work in this app yet.</p>
        <ul className="mt-1 flex list-disc flex-col gap-0.5 pl-4 text-quiet">
          {lacksKey && (
            <li>
              It needs a key: give <Keys keys={keys} /> in the{' '}
              <Link to="/apps/$app/config" params={{ app }} className="underline">
                config
              </Link>
              , with access for agents.
            </li>
          )}
          {lacksProgram && (
            <li>
              The program <code className="font-mono text-xs">{agent.program}</code> isn’t in the
              sandboxes’ image. Build one that has it:{' '}
              <code className="font-mono text-xs">SANDBOXD_AGENTS={agent.agent} scripts/image</code>
            </li>
          )}
        </ul>
      </div>
    </div>
  )
}

function Keys({ keys }: { keys: readonly string[] }) {
  return keys.map((key, index) => (
    <span key={key}>
      {index > 0 && (index === keys.length - 1 ? ' or ' : ', ')}
      <code className="font-mono text-xs">{key}</code>
    </span>
  ))
}
