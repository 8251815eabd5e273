/** Files of the reader's own machine, put into a folder. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { FILE_MAX, folderQuery, writeFile } from '~/api/files'
import { keys } from '~/api/keys'
import type { Problem } from '~/api/problem'
import { Confirm } from '~/ui/confirm'
import { Input } from '~/ui/field'
import { formatBytes } from '~/ui/format'
import { pathIn, wrongUpload } from './paths'

interface UploadFilesProps {
  sandbox: string
  /** The app folder is ''. */
  folder: string
  onClose: () => void
}

export function UploadFiles({ sandbox, folder, onClose }: UploadFilesProps) {
  const [files, setFiles] = useState<readonly File[]>([])
  const [done, setDone] = useState(0)
  const client = useQueryClient()
  const there = useQuery(folderQuery(sandbox, folder)).data?.entries ?? []
  const upload = useMutation<unknown, Problem>({
    mutationFn: async () => {
      for (const [index, file] of files.entries()) {
        setDone(index)
        await writeFile(sandbox, pathIn(folder, file.name), file)
      }
    },
    // Also of those before one that failed.
    onSettled: () => {
      void client.invalidateQueries({ queryKey: keys.files(sandbox) })
      void client.invalidateQueries({ queryKey: ['opened', sandbox] })
    },
    onSuccess: onClose,
  })
  const wrong = wrongUpload(files, there, folder, FILE_MAX)
  const replaced = files.filter(file =>
    there.some(entry => entry.path === pathIn(folder, file.name)),
  )
  const total = files.reduce((sum, file) => sum + file.size, 0)
  return (
    <Confirm
      title={folder === '' ? 'Upload files' : `Upload files into “${folder}”`}
      about={`Up to ${formatBytes(FILE_MAX)} each.`}
      action={upload.isPending ? `${done + 1} of ${files.length}` : 'Upload'}
      busy={upload.isPending}
      problem={upload.error}
      onClose={onClose}
      onConfirm={() => {
        if (files.length > 0 && wrong === undefined) upload.mutate()
      }}
    >
      <Input
        label="Files to upload"
        type="file"
        multiple
        required
        hint={files.length > 0 ? `${files.length} with ${formatBytes(total)}` : undefined}
        onChange={event => setFiles([...(event.target.files ?? [])])}
        wrong={wrong}
        className="pt-1.5"
      />
      {replaced.length > 0 && wrong === undefined && (
        <p role="status" className="rounded-md bg-warn/10 px-3 py-2">
          {replaced.length === 1
            ? `“${replaced[0]?.name}” is there already and is replaced.`
            : `${replaced.length} of them are there already and are replaced.`}
        </p>
      )}
    </Confirm>
  )
}
