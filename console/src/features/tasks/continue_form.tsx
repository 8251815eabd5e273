/** Going on with the conversation of a task that has ended. */
import { CornerDownRight } from 'lucide-react'
import type { FormEvent } from 'react'

import { runTask } from '~/api/actions'
import type { Operation, Sandbox, Task } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Button } from '~/ui/button'
import { Area } from '~/ui/field'
import { ProblemNote } from '~/ui/problem_note'
import { again } from './asked'
import { useDraft } from './draft'
import { isRun } from './prompt_form'
import { whyNoContinue } from './why'

interface ContinueFormProps {
  task: Task
  sandbox: Sandbox | undefined
  onBegun: (operation: Operation) => void
}

export function ContinueForm({ task, sandbox, onBegun }: ContinueFormProps) {
  const [prompt, setPrompt] = useDraft(task.id)
  const begin = useStartOperation(task.app_id, 'Handing the prompt over', () =>
    runTask(task.sandbox_id, {
      ...again(task),
      prompt: prompt.trim(),
      continue_task_id: task.id,
    }),
  )
  const off =
    whyNoContinue(task.sandbox_id, sandbox) ??
    (prompt.trim() === '' ? 'Say what comes next first' : undefined)
  const submit = (event?: FormEvent): void => {
    event?.preventDefault()
    if (off !== undefined || begin.isPending) return
    const onSuccess = (operation: Operation): void => {
      setPrompt('')
      onBegun(operation)
    }
    begin.mutate(undefined, { onSuccess })
  }
  return (
    <form
      onSubmit={submit}
      onKeyDown={event => isRun(event) && submit()}
      className="flex flex-col gap-3"
    >
      <Area
        label="Go on from here"
        rows={3}
        placeholder="What comes next? The agent remembers this task."
        value={prompt}
        onChange={event => setPrompt(event.target.value)}
        wrong={begin.error?.field === 'prompt' ? begin.error.message : undefined}
        className="max-h-[40vh] min-h-16 resize-y"
      />
      <ProblemNote problem={begin.error} />
      <Button
        type="submit"
        icon={<CornerDownRight size={14} />}
        why={off}
        busy={begin.isPending}
        className="self-start"
      >
        Continue
      </Button>
    </form>
  )
}
