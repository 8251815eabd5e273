/** A text that grows at its end and is cut at its beginning, by whole lines. */

/** What is kept, in characters. */
const MOST = 400_000

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what escapes begin with (ECMA-48, 5.4)
const ESCAPES = /\u001b\[[0-?]*[ -/]*[@-~]/g

export function appendText(text: string, more: string, most = MOST): string {
  const whole = text + more.replaceAll(ESCAPES, '')
  if (whole.length <= most) return whole
  const cut = whole.slice(whole.length - most)
  return cut.slice(cut.indexOf('\n') + 1)
}
