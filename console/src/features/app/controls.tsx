/** The controls of an app's sandbox. */
import { Camera, Play, Square, Trash2 } from 'lucide-react'
import { useState } from 'react'

import { captureSnapshot, deleteSandbox, startSandbox, stopSandbox } from '~/api/actions'
import { whyBusy, whyTaskRuns } from '~/api/status'
import type { Sandbox } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Button } from '~/ui/button'
import { Confirm } from '~/ui/confirm'
import { ProblemNote } from '~/ui/problem_note'

interface ControlsProps {
  app: string
  sandbox: Sandbox
  /** What a snapshot is called that nobody named. */
  nameSnapshot: () => string
}

export function Controls({ app, sandbox, nameSnapshot }: ControlsProps) {
  const [asked, setAsked] = useState(false)
  const { id, status } = sandbox
  const start = useStartOperation(app, 'Starting the sandbox', () => startSandbox(id))
  const stop = useStartOperation(app, 'Stopping the sandbox', () => stopSandbox(id))
  const live = status === 'running'
  const capture = useStartOperation(app, 'Capturing the workspace', () =>
    captureSnapshot(id, nameSnapshot(), live),
  )
  const remove = useStartOperation(app, 'Deleting the sandbox', () => deleteSandbox(id))
  const why = whyBusy(sandbox)
  const whyEnd = why ?? whyTaskRuns(sandbox)
  return (
    <div data-testid="controls" className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        <Button
          data-testid="start"
          icon={<Play size={14} />}
          why={why ?? (live ? 'It runs already' : undefined)}
          busy={start.isPending}
          onClick={() => start.mutate()}
        >
          Start
        </Button>
        <Button
          data-testid="stop"
          icon={<Square size={13} />}
          why={whyEnd ?? (live ? undefined : `It is ${status}`)}
          busy={stop.isPending}
          onClick={() => stop.mutate()}
        >
          Stop
        </Button>
        <Button
          data-testid="snapshot"
          icon={<Camera size={14} />}
          why={why ?? (status === 'error' ? 'The sandbox is in error; start it first' : undefined)}
          busy={capture.isPending}
          onClick={() => capture.mutate()}
        >
          Snapshot
        </Button>
        <Button
          data-testid="delete-sandbox"
          look="danger"
          icon={<Trash2 size={14} />}
          why={whyEnd}
          onClick={() => setAsked(true)}
        >
          Delete sandbox
        </Button>
      </div>
      <ProblemNote problem={start.error ?? stop.error ?? capture.error} />
      {asked && (
        <Confirm
          title="Delete the sandbox?"
          about="Its container and its workspace go. The app, its config and its snapshots stay: a new sandbox can be made, and any snapshot restored into it."
          action="Delete sandbox"
          danger
          busy={remove.isPending}
          problem={remove.error}
          onClose={() => setAsked(false)}
          onConfirm={() => remove.mutate(undefined, { onSuccess: () => setAsked(false) })}
        />
      )}
    </div>
  )
}
