/** How many tasks have ended in a sandbox while one looks at it: what it shows is another page then,
 * and not every dev server says so. */
import { useState } from 'react'

import type { Sandbox } from '~/api/types'

export function useTaskEnds({ active_task_id: task }: Sandbox): number {
  const [seen, setSeen] = useState({ task, ends: 0 })
  if (seen.task !== task) setSeen({ task, ends: seen.ends + (seen.task === null ? 0 : 1) })
  return seen.ends
}
