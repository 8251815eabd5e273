/** xterm in the page. Loaded with the first terminal. */
import { FitAddon } from '@xterm/addon-fit'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'

import { nonce } from '~/ui/nonce'
import { allowSpans, withNonce } from './allow_styles'

/** How many lines can be scrolled back to. */
const SCROLLBACK = 5_000
/** Sizes that the API takes. */
const SIZE_MAX = 1_000

interface Size {
  cols: number
  rows: number
}

export interface Screen {
  size: () => Size
  write: (bytes: Uint8Array) => void
  focus: () => void
  destroy: () => void
}

interface ScreenOptions {
  parent: HTMLElement
  onTyped: (text: string | Uint8Array) => void
  onSize: (size: Size) => void
}

export function openScreen({ parent, onTyped, onSize }: ScreenOptions): Screen {
  allowSpans()
  const terminal = new Terminal({
    fontFamily: cssValue(parent, '--font-code'),
    fontSize: 13,
    scrollback: SCROLLBACK,
    screenReaderMode: true,
    // A dark screen in both schemes: programs choose their colours for one.
    theme: { background: '#101218', foreground: '#e6e8ee', cursor: '#e6e8ee' },
    // The least that text needs (WCAG 2.2, 1.4.3), whatever colours a program chooses.
    minimumContrastRatio: 4.5,
  })
  const fit = new FitAddon()
  terminal.loadAddon(fit)
  withNonce(nonce(), () => {
    terminal.open(parent)
    fit.fit()
  })
  const watch = new ResizeObserver(() => fit.fit())
  watch.observe(parent)
  terminal.onData(onTyped)
  // Bytes that aren't text, such as those of some mice.
  terminal.onBinary(text => onTyped(Uint8Array.from(text, char => char.charCodeAt(0) & 0xff)))
  const bounded = (): Size => ({
    cols: Math.min(terminal.cols, SIZE_MAX),
    rows: Math.min(terminal.rows, SIZE_MAX),
  })
  terminal.onResize(() => onSize(bounded()))
  return {
    size: bounded,
    write: bytes => terminal.write(bytes),
    focus: () => terminal.focus(),
    destroy: () => {
      watch.disconnect()
      terminal.dispose()
    },
  }
}

function cssValue(element: HTMLElement, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim() || 'monospace'
}
