/** Giving an app its sandbox. */
import { Box } from 'lucide-react'
import { type FormEvent, useState } from 'react'

import { createSandbox, type NewSandbox } from '~/api/actions'
import { TEMPLATES } from '~/api/templates'
import type { Template } from '~/api/types'
import { useStartOperation } from '~/api/use_operation'
import { Button } from '~/ui/button'
import { Check, Select } from '~/ui/field'
import { Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'

interface CreateSandboxProps {
  app: string
  why: string | undefined
  /** Why there was one and is to be another. */
  reason?: string | undefined
}

export function CreateSandbox({ app, why, reason }: CreateSandboxProps) {
  const [template, setTemplate] = useState<Template>('react-standard')
  const [isPrivate, setPrivate] = useState(false)
  const create = useStartOperation<NewSandbox>(app, 'Creating the sandbox', body =>
    createSandbox(app, body),
  )
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (why === undefined && !create.isPending) {
      create.mutate({ template, visibility: isPrivate ? 'private' : 'public' })
    }
  }
  return (
    <Panel title={reason === undefined ? 'No sandbox yet' : 'Make the sandbox again'}>
      <form onSubmit={submit} className="flex max-w-md flex-col gap-4">
        <p className="text-quiet">
          {reason ??
            'A sandbox is a container of its own with a workspace that stays, and a preview with its own URL.'}
        </p>
        <Select label="Template" value={template} options={TEMPLATES} onChange={setTemplate} />
        <Check
          label="Private preview"
          hint="Only who has a link made here can see it."
          checked={isPrivate}
          onChange={setPrivate}
        />
        <ProblemNote problem={create.error} />
        <Button
          type="submit"
          look="primary"
          data-testid="create-sandbox"
          icon={<Box size={15} />}
          busy={create.isPending}
          why={why}
          className="self-start"
        >
          Create sandbox
        </Button>
      </form>
    </Panel>
  )
}
