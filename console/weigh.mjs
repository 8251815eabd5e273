// Weighs what the first page loads, and fails where that is too much: what `index.html` names, with
// all that those files import from the start. Usage: node weigh.mjs [folder]
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'

const MOST = 300 * 1_000
/** What is to be loaded only when it is needed, by a word that only it has. */
const LATER = {
  CodeMirror: 'cm-gutters',
  xterm: 'xterm-helper-textarea',
  Markdown: 'unwrapDisallowed',
}

const folder = process.argv[2] ?? 'dist'
const html = readFileSync(join(folder, 'index.html'), 'utf8')
const wanted = [...html.matchAll(/(?:src|href)="\/([^"]+\.(?:js|css))"/g)].map(match => match[1])
const files = new Map()
while (wanted.length > 0) {
  const name = wanted.pop()
  if (files.has(name)) continue
  const text = readFileSync(join(folder, name), 'utf8')
  files.set(name, text)
  // Static imports only: `import("./x.js")` has a parenthesis.
  for (const match of text.matchAll(/(?:from|import)\s*"\.\/([\w.-]+\.js)"/g)) {
    wanted.push(`assets/${match[1]}`)
  }
}
const size = [...files.values()].reduce((sum, text) => sum + gzipSync(text).length, 0)
const faults = Object.entries(LATER)
  .filter(([, word]) =>
    [...files].some(([name, text]) => name.endsWith('.js') && text.includes(word)),
  )
  .map(([what]) => `${what} is loaded with the first page`)
if (files.size < 2) faults.push('index.html names no files: is this a build?')
if (size > MOST) faults.push(`the first page loads ${size} bytes (gzip), more than ${MOST}`)
process.stdout.write(`first page: ${Math.round(size / 1_000)} kB gzip in ${files.size} files\n`)
if (faults.length > 0) {
  process.stderr.write(`${faults.join('\n')}\n${[...files.keys()].join(' ')}\n`)
  process.exit(1)
}
