/** What can be done with a snapshot, wherever it is shown. */
import { Ellipsis, GitFork, Pencil, RotateCcw, Trash2 } from 'lucide-react'
import { type ReactNode, useState } from 'react'

import type { Snapshot } from '~/api/types'
import { Button } from '~/ui/button'
import { Menu, MenuItem, MenuLine } from '~/ui/menu'
import { DeleteDialog } from './delete_dialog'
import { ForkDialog } from './fork_dialog'
import { RenameDialog } from './rename_dialog'
import { RestoreDialog } from './restore_dialog'

interface SnapshotActionsProps {
  app: string
  snapshot: Snapshot
  /** Why the app can't be restored now. */
  why: string | undefined
  /** Only what an event of the timeline offers. */
  brief?: boolean
}

const DIALOGS = {
  restore: RestoreDialog,
  fork: ForkDialog,
  rename: RenameDialog,
  delete: DeleteDialog,
}

export function SnapshotActions({ app, snapshot, why, brief = false }: SnapshotActionsProps) {
  const [asked, setAsked] = useState<keyof typeof DIALOGS>()
  const Asked = asked === undefined ? undefined : DIALOGS[asked]
  const unready = snapshot.status === 'ready' ? undefined : `The snapshot is ${snapshot.status}`
  return (
    <span className="flex items-center gap-1.5">
      <Small
        icon={<RotateCcw size={13} />}
        testId={brief ? undefined : `restore-${snapshot.id}`}
        why={unready ?? why}
        onClick={() => setAsked('restore')}
      >
        {brief ? 'Restore to here' : 'Restore'}
      </Small>
      <Small
        icon={<GitFork size={13} />}
        testId={brief ? undefined : `fork-${snapshot.id}`}
        why={unready}
        onClick={() => setAsked('fork')}
      >
        {brief ? 'Fork from here' : 'Fork'}
      </Small>
      {!brief && (
        <Menu
          trigger={
            <Button
              look="bare"
              label={`More on ${snapshot.name}`}
              icon={<Ellipsis size={15} />}
              className="h-7"
            />
          }
        >
          <MenuItem icon={<Pencil size={14} />} onSelect={() => setAsked('rename')}>
            Rename
          </MenuItem>
          <MenuLine />
          <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => setAsked('delete')}>
            Delete
          </MenuItem>
        </Menu>
      )}
      {Asked !== undefined && (
        <Asked app={app} snapshot={snapshot} onClose={() => setAsked(undefined)} />
      )}
    </span>
  )
}

interface SmallProps {
  children: string
  icon: ReactNode
  testId: string | undefined
  why: string | undefined
  onClick: () => void
}

function Small({ children, icon, testId, why, onClick }: SmallProps) {
  return (
    <Button
      data-testid={testId}
      icon={icon}
      why={why}
      onClick={onClick}
      className="h-7 px-2 text-xs"
    >
      {children}
    </Button>
  )
}
