/** Text that a program wrote, without what only a terminal understands. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what escapes begin with (ECMA-48, 5.4)
const ESCAPES = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: all but tab and newline
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f]/g
/** What a progress bar has written over. */
const OVERWRITTEN = /[^\n]*\r/g

export function plainText(text: string): string {
  const lines = text.replaceAll(ESCAPES, '').replaceAll('\r\n', '\n')
  return lines.replaceAll(OVERWRITTEN, '').replaceAll(CONTROLS, '')
}

/** The first line that says something. */
export function firstLine(text: string): string {
  return text.trimStart().split('\n', 1)[0]?.trimEnd() ?? ''
}
