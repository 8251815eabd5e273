/** ULIDs sort by time: one can stand for a moment (https://github.com/ulid/spec). */

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

/** The smallest id of a millisecond. */
export function ulidAt(ms: number): string {
  let rest = Math.max(0, Math.floor(ms))
  let text = ''
  for (let place = 0; place < 10; place += 1) {
    text = DIGITS.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return `${text}0000000000000000`
}
