/** Looking for a text in lines that are loaded. */

/** The lines of a log; what isn't ended yet is one too. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** A line in pieces: every second one is what was looked for. */
export function pieces(line: string, wanted: string): string[] {
  if (wanted === '') return [line]
  const [low, want] = [line.toLowerCase(), wanted.toLowerCase()]
  // Lower case may be longer than what it is of: then places in one aren't places in the other.
  if (low.length !== line.length) return [line]
  const found: string[] = []
  let from = 0
  for (let at = low.indexOf(want); at !== -1; at = low.indexOf(want, from)) {
    found.push(line.slice(from, at), line.slice(at, at + want.length))
    from = at + want.length
  }
  return [...found, line.slice(from)]
}

/** The numbers of the lines that have it. */
export function matching(lines: readonly string[], wanted: string): number[] {
  if (wanted === '') return []
  return lines.flatMap((line, at) => (pieces(line, wanted).length > 1 ? [at] : []))
}
