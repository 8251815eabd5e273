/** The server's clock, as its answers show it: durations that are still growing count by it. */

/** Below this a difference may as well be the whole seconds of `Date` and the way here. */
const NOTICEABLE_MS = 2_000
let offset = 0

export function observeDate(header: string | null, now = Date.now()): void {
  const then = header === null ? Number.NaN : Date.parse(header)
  if (Number.isNaN(then)) return
  const difference = then + 500 - now
  offset = Math.abs(difference) > NOTICEABLE_MS ? difference : 0
}

/** Now, on the server's clock, in milliseconds. */
export function serverNow(): number {
  return Date.now() + offset
}
