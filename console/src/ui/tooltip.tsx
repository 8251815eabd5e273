/** A word on what is pointed at or has the focus. */
import { Content, Portal, Root, Trigger } from '@radix-ui/react-tooltip'
import type { ReactNode } from 'react'

export { Provider as TooltipProvider } from '@radix-ui/react-tooltip'

export function Tooltip({ text, children }: { text: string; children: ReactNode }) {
  return (
    <Root>
      <Trigger asChild>{children}</Trigger>
      <Portal>
        <Content
          sideOffset={6}
          collisionPadding={8}
          className="z-50 max-w-72 rounded-md bg-ink px-2.5 py-1.5 text-canvas text-xs shadow-lg"
        >
          {text}
        </Content>
      </Portal>
    </Root>
  )
}
