/** What is open: a file to edit, or what can be done with one that can't be. */
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'

import { fileUrl } from '~/api/files'
import { Button } from '~/ui/button'
import { Download } from '~/ui/download'
import { formatBytes } from '~/ui/format'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { DeleteFile } from './file_dialogs'
import { FileEditor } from './file_editor'
import { type Opened, openedQuery } from './opened'
import { nameOf } from './paths'

interface FilePaneProps {
  sandbox: string
  path: string
}

export function FilePane({ sandbox, path }: FilePaneProps) {
  const client = useQueryClient()
  const [asked, setAsked] = useState(false)
  const {
    data: opened,
    error,
    dataUpdatedAt,
    refetch,
  } = useQuery(openedQuery(client, sandbox, path))
  if (opened === undefined) {
    return (
      <Panel title={path}>
        {error === null ? (
          <SkeletonRows rows={8} className="h-5" />
        ) : (
          <ProblemNote problem={error}>
            <Button className="mt-2" onClick={() => void refetch()}>
              Try again
            </Button>
          </ProblemNote>
        )}
      </Panel>
    )
  }
  const actions = (
    <>
      {opened.what !== 'missing' && opened.what !== 'other' && (
        <Download href={fileUrl(sandbox, path)} name={nameOf(path)}>
          Download
        </Download>
      )}
      <Button
        look="danger"
        label="Delete the file"
        icon={<Trash2 size={14} />}
        onClick={() => setAsked(true)}
      />
    </>
  )
  return (
    <>
      {opened.what === 'text' ? (
        <FileEditor
          key={`${path} ${dataUpdatedAt}`}
          sandbox={sandbox}
          path={path}
          opened={opened}
          onReload={() => void refetch()}
          aside={actions}
        />
      ) : (
        <NoText path={path} opened={opened} actions={actions} />
      )}
      {asked && (
        <DeleteFile
          sandbox={sandbox}
          path={path}
          isFolder={false}
          onClose={() => setAsked(false)}
          onDeleted={() => setAsked(false)}
        />
      )}
    </>
  )
}

interface NoTextProps {
  path: string
  opened: Exclude<Opened, { what: 'text' }>
  actions: ReactNode
}

function NoText({ path, opened, actions }: NoTextProps) {
  if (opened.what === 'missing') {
    return (
      <Panel title={path}>
        <Empty title="There is no such file">It was deleted, or never was there.</Empty>
      </Panel>
    )
  }
  const { entry } = opened
  return (
    <Panel title={path} aside={entry.type === 'directory' ? undefined : actions}>
      <Empty title={titleOf(opened)}>
        {entry.type === 'file' && `${formatBytes(entry.size)}. Download it to look at it.`}
        {entry.type === 'symlink' && 'Links aren’t followed: where it leads, the terminal shows.'}
      </Empty>
    </Panel>
  )
}

function titleOf({ what, entry }: Extract<Opened, { entry: unknown }>): string {
  if (what === 'binary') return 'It isn’t text'
  if (what === 'large') return 'It is too large to be edited here'
  return { directory: 'A folder', symlink: 'A link', file: 'A file', other: 'No file' }[entry.type]
}
