/** An app's tasks, newest first. */
import { useInfiniteQuery } from '@tanstack/react-query'

import { tasksQuery } from '~/api/tasks'
import { Button } from '~/ui/button'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { TaskRow } from './task_row'

export function History({ app }: { app: string }) {
  const list = useInfiniteQuery(tasksQuery(app))
  const tasks = list.data?.pages.flatMap(page => page.tasks)
  return (
    <Panel title="History" flush>
      {tasks === undefined && (
        <div className="p-4">
          {list.error === null ? <SkeletonRows rows={3} /> : <ProblemNote problem={list.error} />}
        </div>
      )}
      {tasks?.length === 0 && (
        <Empty title="No tasks yet">
          Each shows here with what it changed, and can be undone or continued.
        </Empty>
      )}
      <ol className="divide-y divide-line">
        {tasks?.map(task => (
          <li key={task.id}>
            <TaskRow task={task} />
          </li>
        ))}
      </ol>
      {list.hasNextPage && (
        <div className="p-3">
          <Button onClick={() => void list.fetchNextPage()} busy={list.isFetchingNextPage}>
            Show older ones
          </Button>
        </div>
      )}
    </Panel>
  )
}
