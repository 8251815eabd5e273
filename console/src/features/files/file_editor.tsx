/** A file that is text: edited, and saved without overwriting what somebody else has saved. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useBlocker } from '@tanstack/react-router'
import { Save } from 'lucide-react'
import { lazy, type ReactNode, Suspense, useRef, useState } from 'react'

import { folderOf, folderQuery, lookAt, writeFile } from '~/api/files'
import type { Problem } from '~/api/problem'
import type { FileEntry } from '~/api/types'
import { Button } from '~/ui/button'
import type { EditorHandle } from '~/ui/code/editor'
import { Confirm } from '~/ui/confirm'
import { Dialog } from '~/ui/dialog'
import { Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import type { Opened } from './opened'
import { isSame, type Saved, save } from './save'

const Editor = lazy(() => import('~/ui/code/editor'))

interface FileEditorProps {
  sandbox: string
  path: string
  opened: Extract<Opened, { what: 'text' }>
  /** Reads the file again, whatever was typed. */
  onReload: () => void
  aside: ReactNode
}

export function FileEditor({ sandbox, path, opened, onReload, aside }: FileEditorProps) {
  const file = useFile(sandbox, path, opened.entry)
  const { dirty, saving, saved, changed, conflict } = file
  const leave = useBlocker({
    shouldBlockFn: () => dirty,
    enableBeforeUnload: () => dirty,
    withResolver: true,
  })
  return (
    <Panel
      title={path}
      flush
      aside={
        <>
          <span role="status" className="text-quiet text-xs">
            {dirty ? 'Not saved' : saved ? 'Saved' : ''}
          </span>
          {aside}
          <Button
            look="primary"
            icon={<Save size={14} />}
            busy={saving.isPending}
            why={dirty ? undefined : 'Nothing was changed'}
            onClick={() => file.save(false)}
          >
            Save
          </Button>
        </>
      }
    >
      <ProblemNote problem={saving.error} />
      {changed && conflict === undefined && (
        <p role="status" className="flex items-center gap-3 bg-warn/10 px-4 py-2">
          <span className="mr-auto">It was changed in the sandbox since it was opened.</span>
          <Button className="h-7 text-xs" onClick={onReload}>
            Load it again
          </Button>
        </p>
      )}
      <Suspense fallback={<SkeletonRows rows={8} className="h-5" />}>
        <Editor
          ref={file.editor}
          path={path}
          text={opened.text}
          lineBreak={opened.lineBreak}
          onChange={file.touch}
          onSave={() => file.save(false)}
        />
      </Suspense>
      <p className="border-line border-t px-4 py-1.5 text-quiet text-xs">
        Ctrl or ⌘ with S saves. Tab indents; Escape, then Tab leaves the editor.
      </p>
      {conflict !== undefined && (
        <Conflict
          gone={conflict.now === undefined}
          busy={saving.isPending}
          onOverwrite={() => file.save(true)}
          onReload={onReload}
          onClose={file.dismiss}
        />
      )}
      {leave.status === 'blocked' && (
        <Confirm
          title="Leave without saving?"
          about={`What was typed in “${path}” is lost.`}
          action="Leave"
          danger
          busy={false}
          problem={null}
          onClose={leave.reset}
          onConfirm={leave.proceed}
        />
      )}
    </Panel>
  )
}

/** What of the file is known, and what was typed. */
function useFile(sandbox: string, path: string, entry: FileEntry) {
  const client = useQueryClient()
  const editor = useRef<EditorHandle>(null)
  const typed = useRef(0)
  const [known, setKnown] = useState<FileEntry | undefined>(entry)
  const [dirty, setDirty] = useState(false)
  const [conflict, setConflict] = useState<{ now: FileEntry | undefined }>()
  const folder = useQuery(folderQuery(sandbox, folderOf(path)))
  const saving = useMutation<Saved & { typed: number }, Problem, boolean>({
    mutationFn: async force => {
      const place = {
        look: () => lookAt(client, sandbox, path),
        write: (text: string) => writeFile(sandbox, path, text),
      }
      const at = typed.current
      const text = editor.current?.text() ?? ''
      return { ...(await save(place, known, text, force)), typed: at }
    },
    onSuccess: result => {
      setConflict(result.done ? undefined : { now: result.now })
      if (!result.done) return
      setKnown(result.entry)
      setDirty(typed.current !== result.typed)
    },
  })
  const touch = (): void => {
    typed.current += 1
    setDirty(true)
  }
  const there = folder.data?.entries.find(one => one.path === path)
  const changed = folder.data !== undefined && !saving.isPending && !isSame(known, there)
  return {
    editor,
    dirty,
    saving,
    saved: saving.data?.done === true,
    changed,
    conflict,
    touch,
    save: (force: boolean) => {
      if (!saving.isPending) saving.mutate(force)
    },
    dismiss: () => setConflict(undefined),
  }
}

interface ConflictProps {
  gone: boolean
  busy: boolean
  onOverwrite: () => void
  onReload: () => void
  onClose: () => void
}

function Conflict({ gone, busy, onOverwrite, onReload, onClose }: ConflictProps) {
  return (
    <Dialog
      title={gone ? 'It was deleted meanwhile' : 'It was changed meanwhile'}
      about={
        gone
          ? 'Somebody, or a program in the sandbox, has deleted the file since it was opened.'
          : 'Somebody, or a program in the sandbox, has written the file since it was opened.'
      }
      onClose={onClose}
    >
      <div className="flex flex-wrap justify-end gap-2">
        <Button onClick={onClose}>Back to the editor</Button>
        {!gone && <Button onClick={onReload}>Load theirs, lose mine</Button>}
        <Button look="danger" busy={busy} onClick={onOverwrite} data-testid="overwrite">
          {gone ? 'Write it again' : 'Overwrite theirs'}
        </Button>
      </div>
    </Dialog>
  )
}
