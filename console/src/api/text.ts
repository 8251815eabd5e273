/** Bytes as text, where they are text, and back without a byte changed. */

/** How far into a file a NUL is looked for: text has none. */
const LOOK = 8_192

export interface Text {
  text: string
  /** What ends each line. Files with both have '\n', and keep their '\r' as it is. */
  lineBreak: '\n' | '\r\n'
}

/** Undefined for what isn't UTF-8, or has a NUL at its beginning. */
export function toText(bytes: ArrayBuffer): Text | undefined {
  if (new Uint8Array(bytes).subarray(0, LOOK).includes(0)) return undefined
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    return { text, lineBreak: lineBreakOf(text) }
  } catch {
    return undefined
  }
}

function lineBreakOf(text: string): Text['lineBreak'] {
  const all = text.match(/\r\n|\n|\r/g) ?? []
  return all.length > 0 && all.every(one => one === '\r\n') ? '\r\n' : '\n'
}
