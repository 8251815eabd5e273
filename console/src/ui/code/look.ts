/** How code looks: the console's colours, by variables, so that light and dark need nothing more. */
import { syntaxHighlighting } from '@codemirror/language'
import type { Extension } from '@codemirror/state'
import { EditorView } from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'

import { nonce } from '~/ui/nonce'

const theme = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--ink)', fontSize: '12px' },
  '&.cm-focused': { outline: '2px solid var(--accent)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: 'var(--font-code)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--ink)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--surface)',
    color: 'var(--quiet)',
    borderRight: '1px solid var(--line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'var(--raised)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection': {
    backgroundColor: 'color-mix(in oklch, var(--accent) 30%, transparent) !important',
  },
  '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--ink)' },
  '.cm-textfield': { backgroundColor: 'var(--canvas)', borderColor: 'var(--edge)' },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--surface)',
    borderColor: 'var(--edge)',
  },
  '.cm-searchMatch': { backgroundColor: 'color-mix(in oklch, var(--warn) 35%, transparent)' },
  '.cm-changedLine': { backgroundColor: 'color-mix(in oklch, var(--good) 10%, transparent)' },
  '.cm-changedText': {
    background: 'color-mix(in oklch, var(--good) 25%, transparent) !important',
  },
  '.cm-deletedChunk': { backgroundColor: 'color-mix(in oklch, var(--bad) 10%, transparent)' },
  '.cm-deletedText, .cm-deletedChunk .cm-deletedText': {
    background: 'color-mix(in oklch, var(--bad) 25%, transparent) !important',
  },
  '.cm-deletedLine': { backgroundColor: 'transparent' },
  '.cm-collapsedLines': {
    background: 'var(--raised)',
    color: 'var(--quiet)',
    // Its own signs are in few fonts.
    '&:before, &:after': { content: '"⋯"' },
  },
})

/** What all code views have. */
export function look(label: string): Extension {
  return [
    theme,
    syntaxHighlighting(classHighlighter),
    EditorView.cspNonce.of(nonce()),
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
  ]
}
