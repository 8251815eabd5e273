/** A path as it was when it was opened: what it is, and of a file that is text what it says. */
import { type QueryClient, queryOptions } from '@tanstack/react-query'

import { lookAt, readFile, TEXT_MAX } from '~/api/files'
import { keys } from '~/api/keys'
import { Problem } from '~/api/problem'
import { type Text, toText } from '~/api/text'
import type { FileEntry } from '~/api/types'

export type Opened =
  | { what: 'missing' }
  | ({ what: 'text'; entry: FileEntry } & Text)
  | { what: 'binary' | 'large' | 'other'; entry: FileEntry }

export const openedQuery = (client: QueryClient, sandbox: string, path: string) =>
  queryOptions({
    queryKey: keys.opened(sandbox, path),
    queryFn: () => open(client, sandbox, path),
    // What is being edited isn't exchanged behind somebody's back, and isn't kept for later.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  })

async function open(client: QueryClient, sandbox: string, path: string): Promise<Opened> {
  try {
    // Looked at first: what is written meanwhile then shows as a change, and isn't taken for old.
    const entry = await lookAt(client, sandbox, path)
    if (entry === undefined) return { what: 'missing' }
    if (entry.type !== 'file') return { what: 'other', entry }
    if (entry.size > TEXT_MAX) return { what: 'large', entry }
    const text = toText(await readFile(sandbox, path))
    return text === undefined ? { what: 'binary', entry } : { what: 'text', entry, ...text }
  } catch (error) {
    if (error instanceof Problem && error.code === 'not_found') return { what: 'missing' }
    throw error
  }
}
