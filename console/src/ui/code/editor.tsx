/** A text in an editor, which keeps what is typed until it is asked for it. */
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'

import { type EditorOptions, openEditor, type Editor as View } from './editor_view'

export interface EditorHandle {
  text: () => string | undefined
}

interface EditorProps extends Omit<EditorOptions, 'parent'> {
  ref: Ref<EditorHandle>
}

/** Another `text` is another document: what was typed is gone. */
export default function Editor({ ref, path, text, lineBreak, onChange, onSave }: EditorProps) {
  const place = useRef<HTMLDivElement>(null)
  const view = useRef<View>(undefined)
  const told = useRef({ onChange, onSave })
  told.current = { onChange, onSave }
  useImperativeHandle(ref, () => ({ text: () => view.current?.text() }), [])
  useEffect(() => {
    if (place.current === null) return
    const made = openEditor({
      parent: place.current,
      path,
      text,
      lineBreak,
      onChange: () => told.current.onChange(),
      onSave: () => told.current.onSave(),
    })
    view.current = made
    return () => {
      view.current = undefined
      made.destroy()
    }
  }, [path, text, lineBreak])
  return <div ref={place} data-testid="editor" className="code h-[62vh] min-h-72 overflow-hidden" />
}
