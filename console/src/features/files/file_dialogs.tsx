/** Making a file, and deleting one or a folder. */
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { deleteFile, lookAt, writeFile } from '~/api/files'
import { keys } from '~/api/keys'
import { Problem } from '~/api/problem'
import { Confirm } from '~/ui/confirm'
import { Input } from '~/ui/field'
import { wrongPath } from './paths'

interface NewFileProps {
  sandbox: string
  folder: string
  onClose: () => void
  onMade: (path: string) => void
}

export function NewFile({ sandbox, folder, onClose, onMade }: NewFileProps) {
  const [path, setPath] = useState(folder === '' ? '' : `${folder}/`)
  const [wrong, setWrong] = useState<string>()
  const client = useQueryClient()
  const make = useMutation<unknown, Problem>({
    mutationFn: async () => {
      if (await isThere()) throw new Problem(409, { error: { message: 'there is one already' } })
      await writeFile(sandbox, path, '')
    },
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: keys.files(sandbox) })
      onMade(path)
    },
  })
  const isThere = async (): Promise<boolean> => {
    try {
      return (await lookAt(client, sandbox, path)) !== undefined
    } catch (error) {
      // Its folder isn't there either, and is made with it.
      if (error instanceof Problem && error.code === 'not_found') return false
      throw error
    }
  }
  return (
    <Confirm
      title="New file"
      about="From the app folder. Folders on the way are made."
      action="Make it"
      busy={make.isPending}
      problem={make.error}
      onClose={onClose}
      onConfirm={() => {
        const found = wrongPath(path)
        setWrong(found)
        if (found === undefined) make.mutate()
      }}
    >
      <Input
        label="Path"
        required
        autoComplete="off"
        spellCheck={false}
        value={path}
        onChange={event => setPath(event.target.value)}
        wrong={wrong}
      />
    </Confirm>
  )
}

interface DeleteFileProps {
  sandbox: string
  path: string
  isFolder: boolean
  onClose: () => void
  onDeleted: () => void
}

export function DeleteFile({ sandbox, path, isFolder, onClose, onDeleted }: DeleteFileProps) {
  const client = useQueryClient()
  const remove = useMutation<unknown, Problem>({
    mutationFn: () => deleteFile(sandbox, path),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.files(sandbox) })
      // What is open of it shows that it is gone.
      void client.invalidateQueries({
        predicate: ({ queryKey: [what, of, open] }) =>
          what === 'opened' && of === sandbox && `${open}/`.startsWith(`${path}/`),
      })
      onDeleted()
    },
  })
  return (
    <Confirm
      title={`Delete “${path}”?`}
      about={
        isFolder
          ? 'The folder goes with all that is in it. Only a snapshot can bring it back.'
          : 'Only a snapshot can bring it back.'
      }
      action="Delete"
      danger
      busy={remove.isPending}
      problem={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate()}
    />
  )
}
