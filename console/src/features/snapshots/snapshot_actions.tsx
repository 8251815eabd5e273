/** What can be done with a snapshot, wherever it is shown. */
import { Link } from '@tanstack/react-router'
import { Diff, Ellipsis, GitFork, Pencil, RotateCcw, Trash2 } from 'lucide-react'
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
  /** Whether it leads to what has changed since the one it was made from. */
  compare?: boolean
}

const DIALOGS = {
  restore: RestoreDialog,
  fork: ForkDialog,
  rename: RenameDialog,
  delete: DeleteDialog,
}

export function SnapshotActions(props: SnapshotActionsProps) {
  const { app, snapshot, why, brief = false, compare = brief } = props
  const [asked, setAsked] = useState<keyof typeof DIALOGS>()
  const Asked = asked === undefined ? undefined : DIALOGS[asked]
  const unready = snapshot.status === 'ready' ? undefined : `The snapshot is ${snapshot.status}`
  return (
    <span className="flex flex-wrap items-center gap-1.5">
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
      {compare && <Compare app={app} snapshot={snapshot} />}
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

/** To what it has compared with its parent; where there is none, to the choice of another. */
function Compare({ app, snapshot }: { app: string; snapshot: Snapshot }) {
  const from = snapshot.parent_snapshot_id
  return (
    <Link
      to="/apps/$app/snapshots/compare"
      params={{ app }}
      search={{ ...(from === null ? {} : { from }), to: snapshot.id }}
      className="inline-flex h-7 items-center gap-1.5 whitespace-nowrap rounded-md border border-line bg-surface px-2 font-medium text-xs hover:bg-raised"
    >
      <Diff size={13} aria-hidden />
      Compare
    </Link>
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
