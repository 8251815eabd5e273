/** A menu of actions behind a button. */
import { Content, Item, Portal, Root, Separator, Trigger } from '@radix-ui/react-dropdown-menu'
import type { ReactNode } from 'react'

import { cx } from './cx'

interface MenuProps {
  trigger: ReactNode
  children: ReactNode
}

/** Not modal: the page stays as it is, and no style element is needed to hold it. */
export function Menu({ trigger, children }: MenuProps) {
  return (
    <Root modal={false}>
      <Trigger asChild>{trigger}</Trigger>
      <Portal>
        <Content
          align="end"
          sideOffset={4}
          collisionPadding={8}
          className="z-50 min-w-44 max-w-80 rounded-lg border border-line bg-surface p-1 shadow-xl"
        >
          {children}
        </Content>
      </Portal>
    </Root>
  )
}

interface MenuItemProps {
  children: ReactNode
  icon?: ReactNode
  danger?: boolean
  /** Why it can't be used now. */
  why?: string | undefined
  onSelect: () => void
  testId?: string
}

export function MenuItem({ children, icon, danger = false, why, onSelect, testId }: MenuItemProps) {
  return (
    <Item
      data-testid={testId}
      aria-disabled={why !== undefined || undefined}
      onSelect={event => (why === undefined ? onSelect() : event.preventDefault())}
      className={cx(
        'flex cursor-pointer select-none flex-col rounded-md px-2.5 py-1.5 outline-none data-[highlighted]:bg-raised',
        danger && 'text-bad',
        why !== undefined && 'cursor-not-allowed text-quiet',
      )}
    >
      <span className="flex items-center gap-2">
        {icon}
        {children}
      </span>
      {why !== undefined && <span className="text-xs">{why}</span>}
    </Item>
  )
}

export function MenuLine() {
  return <Separator className="my-1 h-px bg-line" />
}
