/** What a task's agent says, as long as somebody looks at it. */
import { useEffect, useRef, useState } from 'react'

import { followTask } from '~/api/live/task_feed'
import type { Problem } from '~/api/problem'
import { useVisible } from '~/ui/visible'
import { extend, NOTHING, type Output } from './output'

interface Following {
  output: Output
  problem: Problem | null
  over: boolean
}

const BEGINNING: Following = { output: NOTHING, problem: null, over: false }

/** A tab that nobody sees gives its connection back: a browser has six to a host. */
export function useOutput(sandbox: string, task: string): Following {
  const [state, setState] = useState(BEGINNING)
  const known = useRef({ task, seq: 0 })
  const visible = useVisible()
  useEffect(() => {
    if (!visible) return
    if (known.current.task !== task) {
      known.current = { task, seq: 0 }
      setState(BEGINNING)
    }
    const controller = new AbortController()
    const { signal } = controller
    void followTask({
      sandbox,
      task,
      after: known.current.seq,
      signal,
      tell: ({ pieces, problem, over }) => {
        // What was heard after that would be heard again by whoever follows next.
        if (signal.aborted) return
        known.current.seq = pieces.at(-1)?.seq ?? known.current.seq
        setState(old => ({ output: extend(old.output, pieces), problem, over }))
      },
    })
    return () => controller.abort()
  }, [sandbox, task, visible])
  return state
}
