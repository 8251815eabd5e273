/** The app folder as a tree. What is in a folder is asked for when it is opened. */
import { useQuery } from '@tanstack/react-query'
import { ChevronRight, Ellipsis, File, FilePlus2, Link2, Trash2, Upload } from 'lucide-react'
import { type KeyboardEvent, useState } from 'react'

import { folderQuery } from '~/api/files'
import type { FileEntry } from '~/api/types'
import { Button } from '~/ui/button'
import { cx } from '~/ui/cx'
import { Menu, MenuItem } from '~/ui/menu'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { ancestors, nameOf, sorted } from './paths'

/** How many of a folder are shown until somebody wants more. */
const SHOWN = 300

interface TreeProps {
  sandbox: string
  selected: string | undefined
  onOpen: (path: string) => void
  onNewFile: (folder: string) => void
  onUpload: (folder: string) => void
  onDelete: (folder: string) => void
}

interface BranchProps extends TreeProps {
  path: string
  depth: number
  open: ReadonlySet<string>
  toggle: (path: string) => void
}

export function Tree(props: TreeProps) {
  const [open, setOpen] = useState(() => new Set(ancestors(props.selected ?? '')))
  const toggle = (path: string): void => {
    const next = new Set(open)
    if (!next.delete(path)) next.add(path)
    setOpen(next)
  }
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: arrows move between its buttons
    <div onKeyDown={moveFocus} data-testid="file-tree">
      <Branch {...props} path="" depth={0} open={open} toggle={toggle} />
    </div>
  )
}

function Branch(props: BranchProps) {
  const { sandbox, path, depth } = props
  const [most, setMost] = useState(SHOWN)
  const { data, error } = useQuery(folderQuery(sandbox, path))
  if (data === undefined) {
    return error === null ? (
      <SkeletonRows rows={depth === 0 ? 6 : 1} className="h-6" />
    ) : (
      <ProblemNote problem={error} />
    )
  }
  const entries = sorted(data.entries)
  return (
    <ul aria-label={path === '' ? 'Files' : path}>
      {entries.slice(0, most).map(entry => (
        <Row key={entry.path} {...props} entry={entry} />
      ))}
      {entries.length === 0 && <li className="px-3 py-1 text-quiet">Nothing is in it</li>}
      {entries.length > most && (
        <li className="px-3 py-1">
          <Button className="h-7 text-xs" onClick={() => setMost(most + SHOWN)}>
            {`Show more of ${entries.length}`}
          </Button>
        </li>
      )}
      {data.truncated && (
        <li className="px-3 py-1 text-quiet text-xs">There are more than can be listed</li>
      )}
    </ul>
  )
}

function Row({ entry, ...props }: BranchProps & { entry: FileEntry }) {
  const { depth, open, selected } = props
  const isFolder = entry.type === 'directory'
  const isOpen = isFolder && open.has(entry.path)
  const lossy = entry.lossy === true
  return (
    <li>
      <div
        className={cx(
          'group flex items-center rounded-md hover:bg-raised',
          selected === entry.path && 'bg-raised',
        )}
      >
        <button
          type="button"
          data-tree
          {...(isFolder ? { 'aria-expanded': isOpen } : {})}
          {...(selected === entry.path ? { 'aria-current': true } : {})}
          aria-disabled={lossy || undefined}
          title={lossy ? 'Its name is no text; the terminal can rename it' : entry.path}
          onClick={() => {
            if (lossy) return
            if (isFolder) props.toggle(entry.path)
            else props.onOpen(entry.path)
          }}
          className="flex min-h-7 min-w-0 flex-1 items-center gap-1.5 py-0.5 pr-1 text-left"
          style={{ paddingLeft: 8 + Math.min(depth, 12) * 14 }}
        >
          <Sign entry={entry} open={isOpen} />
          <span className="min-w-0">{nameOf(entry.path)}</span>
        </button>
        {isFolder && !lossy && <FolderMenu {...props} path={entry.path} />}
      </div>
      {isOpen && <Branch {...props} path={entry.path} depth={depth + 1} />}
    </li>
  )
}

function Sign({ entry, open }: { entry: FileEntry; open: boolean }) {
  if (entry.type === 'directory') {
    return (
      <ChevronRight
        size={14}
        aria-hidden
        className={cx('shrink-0 text-quiet transition-transform', open && 'rotate-90')}
      />
    )
  }
  const Icon = entry.type === 'symlink' ? Link2 : File
  return <Icon size={13} aria-hidden className="shrink-0 text-quiet" />
}

function FolderMenu({ path, onNewFile, onUpload, onDelete }: BranchProps) {
  return (
    <Menu
      trigger={
        <Button
          look="bare"
          label={`More on ${path}`}
          icon={<Ellipsis size={14} />}
          className="h-7 opacity-60 group-hover:opacity-100 focus-visible:opacity-100"
        />
      }
    >
      <MenuItem icon={<FilePlus2 size={14} />} onSelect={() => onNewFile(path)}>
        New file
      </MenuItem>
      <MenuItem icon={<Upload size={14} />} onSelect={() => onUpload(path)}>
        Upload files
      </MenuItem>
      <MenuItem danger icon={<Trash2 size={14} />} onSelect={() => onDelete(path)}>
        Delete folder
      </MenuItem>
    </Menu>
  )
}

/** Up and down go through what is shown; right and left open and close a folder. */
function moveFocus(event: KeyboardEvent<HTMLDivElement>): void {
  const here = document.activeElement
  if (!(here instanceof HTMLElement) || here.dataset.tree === undefined) return
  const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-tree]')]
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
  const isOpen = here.getAttribute('aria-expanded')
  if (step !== undefined) rows[rows.indexOf(here) + step]?.focus()
  else if (event.key === 'ArrowRight' && isOpen === 'false') here.click()
  else if (event.key === 'ArrowLeft' && isOpen === 'true') here.click()
  else return
  event.preventDefault()
}
