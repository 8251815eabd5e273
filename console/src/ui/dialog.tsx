/**
 * A dialog over the page. Radix keeps the focus inside, hides the rest from screen readers and closes
 * it on Escape; its own overlay is left out, since it would put a style element into the page.
 */
import { Close, Content, Description, Portal, Root, Title } from '@radix-ui/react-dialog'
import { X } from 'lucide-react'
import type { ReactNode } from 'react'

import { Button } from './button'
import { cx } from './cx'

interface DialogProps {
  title: string
  /** A sentence on what it does. */
  about?: ReactNode
  onClose: () => void
  children: ReactNode
  wide?: boolean
}

/** Shown for as long as it is rendered. */
export function Dialog({ title, about, onClose, children, wide = false }: DialogProps) {
  return (
    <Root open onOpenChange={open => open || onClose()}>
      <Portal>
        <div data-scrim className="fixed inset-0 z-40 bg-black/45" aria-hidden />
        <Content
          {...(about === undefined ? { 'aria-describedby': undefined } : {})}
          className={cx(
            'fixed inset-x-3 top-[10vh] z-40 mx-auto flex max-h-[80vh] flex-col rounded-xl border border-line bg-surface shadow-2xl',
            wide ? 'max-w-4xl' : 'max-w-lg',
          )}
        >
          <header className="flex items-start gap-3 px-5 pt-4">
            <div className="min-w-0 flex-1">
              <Title className="font-semibold text-base">{title}</Title>
              {about !== undefined && (
                <Description asChild>
                  <div className="mt-1 text-quiet">{about}</div>
                </Description>
              )}
            </div>
            <Close asChild>
              <Button look="bare" label="Close" icon={<X size={16} />} className="-mr-2 -mt-1" />
            </Close>
          </header>
          <div className="overflow-y-auto px-5 pt-4 pb-5">{children}</div>
        </Content>
      </Portal>
    </Root>
  )
}
