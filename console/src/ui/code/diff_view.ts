/** CodeMirror as a view of what differs between two texts. Loaded with the first one. */
import { unifiedMergeView } from '@codemirror/merge'
import { EditorState } from '@codemirror/state'
import { EditorView, lineNumbers } from '@codemirror/view'

import { languageOf } from './language'
import { look } from './look'

/** How hard the shortest difference is looked for: coarse ones come at once. */
const SCAN_MAX = 2_000
const TIME_MAX_MS = 500

export interface DiffOptions {
  parent: HTMLElement
  path: string
  before: string
  after: string
}

export function showDiff({ parent, path, before, after }: DiffOptions): () => void {
  let gone = false
  let view: EditorView | undefined
  void languageOf(path).then(language => {
    if (gone) return
    view = new EditorView({
      parent,
      state: EditorState.create({
        doc: after,
        extensions: [
          lineNumbers(),
          language,
          EditorState.readOnly.of(true),
          EditorView.editable.of(false),
          EditorView.lineWrapping,
          unifiedMergeView({
            original: before,
            mergeControls: false,
            collapseUnchanged: { margin: 3, minSize: 6 },
            diffConfig: { scanLimit: SCAN_MAX, timeout: TIME_MAX_MS },
          }),
          look(`What differs in ${path}`),
          EditorView.contentAttributes.of({ 'aria-readonly': 'true' }),
        ],
      }),
    })
  })
  return () => {
    gone = true
    view?.destroy()
  }
}
