/** CodeMirror as the console's editor. Loaded with the first file that is opened. */
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language'
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState } from '@codemirror/state'
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view'

import { languageOf } from './language'
import { look } from './look'

export interface EditorOptions {
  parent: HTMLElement
  path: string
  text: string
  lineBreak: '\n' | '\r\n'
  onChange: () => void
  onSave: () => void
}

/** An editor in the page; `text` is what it has now, with its line breaks as they were. */
export interface Editor {
  text: () => string
  destroy: () => void
}

/**
 * What is typed over a selection: the browser would keep how that looked in a style attribute, which
 * our policy forbids.
 */
function replaceSelected(event: InputEvent, view: EditorView): boolean {
  const { state } = view
  const typed = event.inputType === 'insertText' && event.data !== null && !view.composing
  if (!typed || state.selection.ranges.every(range => range.empty)) return false
  const change = state.replaceSelection(event.data ?? '')
  view.dispatch(state.update(change, { userEvent: 'input.type', scrollIntoView: true }))
  return true
}

export function openEditor(options: EditorOptions): Editor {
  const { parent, path, text, lineBreak, onChange, onSave } = options
  const language = new Compartment()
  const save = {
    key: 'Mod-s',
    run: () => {
      onSave()
      return true
    },
  }
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        // Given, so that no other one is turned into it.
        EditorState.lineSeparator.of(lineBreak),
        lineNumbers(),
        foldGutter(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        highlightSpecialChars(),
        highlightSelectionMatches(),
        drawSelection(),
        history(),
        indentOnInput(),
        bracketMatching(),
        language.of([]),
        // Escape, then Tab leaves the editor.
        keymap.of([
          save,
          ...defaultKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...foldKeymap,
          indentWithTab,
        ]),
        EditorView.domEventHandlers({ beforeinput: replaceSelected }),
        EditorView.updateListener.of(update => update.docChanged && onChange()),
        look(`Contents of ${path}`),
      ],
    }),
  })
  void languageOf(path).then(found => view.dispatch({ effects: language.reconfigure(found) }))
  return { text: () => view.state.sliceDoc(), destroy: () => view.destroy() }
}
