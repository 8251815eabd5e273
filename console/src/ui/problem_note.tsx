/** A failed request: what is wrong, and the code and request id that a log can be searched by. */
import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'

import type { Problem } from '~/api/problem'

interface ProblemNoteProps {
  problem: Problem | null | undefined
  children?: ReactNode
}

export function ProblemNote({ problem, children }: ProblemNoteProps) {
  if (problem === null || problem === undefined) return null
  return (
    <div
      role="alert"
      className="flex items-start gap-2.5 rounded-md border border-bad/40 bg-bad/8 px-3 py-2.5"
    >
      <CircleAlert size={16} className="mt-0.5 shrink-0 text-bad" aria-hidden />
      <div className="min-w-0 flex-1">
        <p>{sentence(problem.message)}</p>
        <p className="mt-0.5 font-mono text-quiet text-xs">
          {problem.code}
          {problem.requestId !== undefined && ` · request ${problem.requestId}`}
        </p>
        {children}
      </div>
    </div>
  )
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
