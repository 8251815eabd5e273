/** An app's name and what it says of itself. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'

import { api, take } from '~/api/client'
import { keys } from '~/api/keys'
import type { Problem } from '~/api/problem'
import type { App } from '~/api/types'
import { Button } from '~/ui/button'
import { Area, Input } from '~/ui/field'
import { Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'

export function AppSettings({ app }: { app: App }) {
  const [name, setName] = useState(app.name)
  const [about, setAbout] = useState(app.description ?? '')
  const [tags, setTags] = useState(app.tags.join(', '))
  const client = useQueryClient()
  const save = useMutation<App, Problem>({
    mutationFn: () =>
      take(
        api.PATCH('/v1/apps/{id}', {
          params: { path: { id: app.id } },
          body: { name: name.trim(), description: about, tags: toTags(tags) },
        }),
      ),
    onSuccess: next => client.setQueryData(keys.app(next.id), next),
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    save.mutate()
  }
  return (
    <Panel title="App">
      <form onSubmit={submit} className="flex max-w-lg flex-col gap-4">
        <Input
          label="Name"
          required
          maxLength={200}
          value={name}
          onChange={event => setName(event.target.value)}
        />
        <Area
          label="Description"
          rows={2}
          maxLength={2_000}
          value={about}
          onChange={event => setAbout(event.target.value)}
        />
        <Input
          label="Tags"
          value={tags}
          onChange={event => setTags(event.target.value)}
          hint="With commas between; at most 20."
          wrong={save.error?.field === 'tags' ? save.error.message : undefined}
        />
        <ProblemNote problem={save.error} />
        <div className="flex items-center gap-3">
          <Button type="submit" look="primary" busy={save.isPending}>
            Save
          </Button>
          <span role="status" className="text-good">
            {save.isSuccess && 'Saved'}
          </span>
        </div>
      </form>
    </Panel>
  )
}

function toTags(text: string): string[] {
  return text
    .split(',')
    .map(tag => tag.trim())
    .filter(tag => tag !== '')
}
