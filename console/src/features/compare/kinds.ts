/** What can be shown of a file that differs. */
import type { FileDiff } from '~/api/types'

/** The largest text that is compared here, in bytes. */
export const COMPARED_MAX = 512 * 1024

export type Shown =
  | { what: 'text'; before: boolean; after: boolean }
  | { what: 'nothing'; why: string }

export function shownOf(file: FileDiff): Shown {
  if (file.lossy === true)
    return { what: 'nothing', why: 'Its name is no text, so it can’t be read' }
  if (file.type !== 'file') return { what: 'nothing', why: 'It is a link' }
  if (Math.max(file.size ?? 0, file.size_before ?? 0) > COMPARED_MAX) {
    return { what: 'nothing', why: 'It is too large to be compared here' }
  }
  return { what: 'text', before: file.status !== 'added', after: file.status !== 'removed' }
}

/** What was said of size and permissions, in a line. */
export function describe(file: FileDiff, bytes: (size: number) => string): string {
  const sizes = [file.size_before, file.size].filter(size => size !== undefined).map(bytes)
  const unique = sizes[0] === sizes[1] ? sizes.slice(0, 1) : sizes
  const modes = file.mode === undefined ? [] : [`${file.mode_before} → ${file.mode}`]
  return [unique.join(' → '), ...modes].join(' · ')
}
