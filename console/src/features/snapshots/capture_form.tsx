/** Capturing the workspace under a name of one's own. */
import { Camera } from 'lucide-react'
import { type FormEvent, useState } from 'react'

import { captureSnapshot } from '~/api/actions'
import { whyBusy } from '~/api/status'
import type { Sandbox } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Button } from '~/ui/button'
import { INPUT } from '~/ui/field'
import { ProblemNote } from '~/ui/problem_note'
import { captureName } from './capture_name'

interface CaptureFormProps {
  app: string
  sandbox: Sandbox | undefined
}

export function CaptureForm({ app, sandbox }: CaptureFormProps) {
  const [name, setName] = useState('')
  const live = sandbox?.status === 'running'
  const capture = useStartOperation(app, 'Capturing the workspace', () =>
    captureSnapshot(sandbox?.id ?? '', name.trim() || captureName(new Date()), live),
  )
  const why = sandbox === undefined ? 'The app has no sandbox' : whyBusy(sandbox)
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (why === undefined && !capture.isPending) {
      capture.mutate(undefined, { onSuccess: () => setName('') })
    }
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        <input
          aria-label="Name of the snapshot"
          placeholder="Name; the time, if left empty"
          maxLength={200}
          value={name}
          onChange={event => setName(event.target.value)}
          className={`${INPUT} h-9 flex-1 basis-44`}
        />
        <Button
          type="submit"
          icon={<Camera size={15} />}
          why={why}
          busy={capture.isPending}
          className="h-9"
        >
          {live ? 'Capture while it runs' : 'Capture'}
        </Button>
      </div>
      <ProblemNote problem={capture.error} />
    </form>
  )
}
