/** Making an app; with a template its sandbox is made at once. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { type FormEvent, useState } from 'react'

import { createSandbox } from '~/api/actions'
import { api, take } from '~/api/client'
import { keys } from '~/api/keys'
import { showOperation } from '~/api/operations'
import type { Problem } from '~/api/problem'
import { TEMPLATES } from '~/api/templates'
import type { App, Template } from '~/api/types'
import { Button } from '~/ui/button'
import { INPUT } from '~/ui/field'
import { ProblemNote } from '~/ui/problem_note'

interface CreateAppProps {
  onCreated: (id: string) => void
}

export function CreateApp({ onCreated }: CreateAppProps) {
  const [name, setName] = useState('')
  const [template, setTemplate] = useState<Template | ''>('')
  const client = useQueryClient()
  const create = useMutation<App, Problem>({
    mutationFn: async () => {
      const app = await take(api.POST('/v1/apps', { body: { name: name.trim() } }))
      client.setQueryData(keys.app(app.id), app)
      if (template !== '') showOperation(client, await createSandbox(app.id, { template }))
      return app
    },
    onSuccess: app => onCreated(app.id),
    onSettled: () => client.invalidateQueries({ queryKey: keys.apps() }),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (name.trim() !== '' && !create.isPending) create.mutate()
  }
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <div className="flex flex-wrap gap-2">
        <input
          aria-label="Name of the new app"
          placeholder="Name of the new app"
          data-testid="app-name"
          maxLength={200}
          required
          value={name}
          onChange={event => setName(event.target.value)}
          className={`${INPUT} h-9 min-w-44 flex-1 basis-44`}
        />
        <select
          aria-label="Template"
          value={template}
          onChange={event => setTemplate(event.target.value as Template | '')}
          className={`${INPUT} h-9 flex-1 basis-40 px-2 sm:max-w-52`}
        >
          <option value="">No sandbox yet</option>
          {TEMPLATES.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
        <Button
          type="submit"
          look="primary"
          data-testid="create-app"
          icon={<Plus size={15} />}
          busy={create.isPending}
          className="h-9"
        >
          Create app
        </Button>
      </div>
      <ProblemNote problem={create.error} />
    </form>
  )
}
