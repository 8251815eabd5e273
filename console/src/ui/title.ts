/** What the tab of the browser is called. */
import { useEffect } from 'react'

export function useTitle(title: string | undefined): void {
  useEffect(() => {
    document.title = title === undefined ? 'sandboxd' : `${title} · sandboxd`
  }, [title])
}
