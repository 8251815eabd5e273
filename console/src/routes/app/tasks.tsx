/** An app's tasks: asking for one, and those that were. */
import { useParams } from '@tanstack/react-router'

import { Explorations } from '~/features/tasks/explorations'
import { History } from '~/features/tasks/history'
import { PromptForm } from '~/features/tasks/prompt_form'
import { Panel } from '~/ui/panel'
import { useApp } from './use_app'
import { useOpenTask } from './use_open_task'

export function TasksPage() {
  const { app } = useParams({ from: '/apps/$app/tasks' })
  const { sandbox, why } = useApp(app)
  const open = useOpenTask(app)
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(22rem,30rem)]">
      <div className="flex min-w-0 flex-col gap-5">
        <Panel title="New task">
          <PromptForm app={app} sandbox={sandbox} why={why} onBegun={open} />
        </Panel>
        <History app={app} />
      </div>
      <Explorations app={app} />
    </div>
  )
}
