/** The files of a sandbox's app folder. */
import { type QueryClient, queryOptions } from '@tanstack/react-query'

import { api, take } from './client'
import { keys } from './keys'
import type { FileEntry } from './types'

/** A folder that was looked at this long ago is looked at again when somebody comes back to it. */
const FRESH_MS = 5_000
/** The largest file that is written, in bytes: more is refused by the API. */
export const FILE_MAX = 25 << 20
/** The largest file that is opened as text. */
export const TEXT_MAX = 1 << 20

/** What is in a folder, itself and no deeper; the app folder is ''. */
export const folderQuery = (sandbox: string, path: string) =>
  queryOptions({
    queryKey: keys.files(sandbox, path),
    queryFn: ({ signal }) =>
      take(
        api.GET('/v1/sandboxes/{id}/files', {
          params: { path: { id: sandbox }, query: path === '' ? {} : { path } },
          signal,
        }),
      ),
    staleTime: FRESH_MS,
  })

/** The folder that a path is in. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

/** A file as its folder lists it now; undefined where there is none. */
export async function lookAt(
  client: QueryClient,
  sandbox: string,
  path: string,
): Promise<FileEntry | undefined> {
  const folder = await client.fetchQuery({
    ...folderQuery(sandbox, folderOf(path)),
    staleTime: 0,
    retry: false,
  })
  return folder.entries.find(entry => entry.path === path)
}

/** The address that a file is downloaded from. */
export function fileUrl(sandbox: string, path: string): string {
  return `/v1/sandboxes/${sandbox}/files/content?path=${encodeURIComponent(path)}`
}

/** The address of all files as a zip. */
export function exportUrl(sandbox: string): string {
  return `/v1/sandboxes/${sandbox}/export`
}

export async function readFile(sandbox: string, path: string): Promise<ArrayBuffer> {
  const bytes = await take(
    api.GET('/v1/sandboxes/{id}/files/content', {
      params: { path: { id: sandbox }, query: { path } },
      parseAs: 'arrayBuffer',
    }),
  )
  // Of an empty file there is no body at all.
  return bytes ?? new ArrayBuffer(0)
}

export const writeFile = (sandbox: string, path: string, content: string | Blob) =>
  take(
    api.PUT('/v1/sandboxes/{id}/files/content', {
      params: { path: { id: sandbox }, query: { path } },
      // A string for the generated types; it goes out as it is.
      body: content as string,
      bodySerializer: whole => whole,
      headers: { 'Content-Type': 'application/octet-stream' },
    }),
  )

export const deleteFile = (sandbox: string, path: string) =>
  take(
    api.DELETE('/v1/sandboxes/{id}/files', {
      params: { path: { id: sandbox }, query: { path, recursive: true } },
    }),
  )
