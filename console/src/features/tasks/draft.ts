/** What somebody has typed and not sent, kept through a refresh of the tab. */
import { useState } from 'react'

export function useDraft(name: string): [text: string, set: (text: string) => void] {
  const key = `draft-${name}`
  const [text, setText] = useState(() => sessionStorage.getItem(key) ?? '')
  const set = (next: string): void => {
    setText(next)
    if (next === '') sessionStorage.removeItem(key)
    else sessionStorage.setItem(key, next)
  }
  return [text, set]
}
