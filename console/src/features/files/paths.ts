/** Paths from the app folder. */
import type { FileEntry } from '~/api/types'

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The folders that a path is in, outermost first. */
export function ancestors(path: string): string[] {
  const parts = path.split('/').slice(0, -1)
  return parts.map((_, at) => parts.slice(0, at + 1).join('/'))
}

/** What a name in a folder is; the app folder is ''. */
export function pathIn(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

/** Folders first, then by name. */
export function sorted(entries: readonly FileEntry[]): FileEntry[] {
  const rank = (entry: FileEntry): number => (entry.type === 'directory' ? 0 : 1)
  return [...entries].sort((a, b) => rank(a) - rank(b) || a.path.localeCompare(b.path, 'en'))
}

/** What is wrong with a path that somebody typed, as the API would find. */
export function wrongPath(path: string): string | undefined {
  if (path.trim() === '') return 'It needs a name'
  if (path.startsWith('/')) return 'It begins in the app folder, so without a slash'
  if (path.endsWith('/')) return 'It ends with the name of a file'
  if (path.split('/').some(part => part === '' || part === '.' || part === '..'))
    return 'It has an empty name, or a dot, between slashes'
  return undefined
}

/** What is wrong with files that are to go into a folder: `most` is the largest size, in bytes. */
export function wrongUpload(
  files: readonly Pick<File, 'name' | 'size'>[],
  there: readonly FileEntry[],
  folder: string,
  most: number,
): string | undefined {
  const large = files.find(file => file.size > most)
  if (large !== undefined) return `“${large.name}” is too large`
  const isOther = (file: Pick<File, 'name'>): boolean =>
    there.some(entry => entry.path === pathIn(folder, file.name) && entry.type !== 'file')
  const other = files.find(isOther)
  return other === undefined ? undefined : `“${other.name}” is there, and isn’t a file`
}
