/**
 * Saving without overwriting what somebody else has saved. The API has no condition for a write, so
 * the file is looked at right before it: what is written in the milliseconds between is lost.
 */
import type { FileEntry } from '~/api/types'

export interface Place {
  look: () => Promise<FileEntry | undefined>
  write: (text: string) => Promise<unknown>
}

export type Saved =
  | { done: true; entry: FileEntry | undefined }
  /** Somebody else has changed or deleted it. */
  | { done: false; now: FileEntry | undefined }

/** Saves over what the file was when it was `known`, or with `force` over whatever it is. */
export async function save(
  place: Place,
  known: FileEntry | undefined,
  text: string,
  force: boolean,
): Promise<Saved> {
  if (!force) {
    const now = await place.look()
    if (!isSame(known, now)) return { done: false, now }
  }
  await place.write(text)
  return { done: true, entry: await place.look() }
}

/** Whether nothing was written between two looks. */
export function isSame(before: FileEntry | undefined, now: FileEntry | undefined): boolean {
  return (
    before?.type === now?.type &&
    before?.size === now?.size &&
    before?.modified_at === now?.modified_at
  )
}
