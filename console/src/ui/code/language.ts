/** The language of a file, by its name. Each is a file of its own, loaded when one is opened. */
import type { Extension } from '@codemirror/state'

type Load = () => Promise<Extension>

const script =
  (options: { jsx?: boolean; typescript?: boolean }): Load =>
  async () =>
    (await import('@codemirror/lang-javascript')).javascript(options)

const LANGUAGES: readonly (readonly [RegExp, Load])[] = [
  [/\.[cm]?js$/, script({})],
  [/\.jsx$/, script({ jsx: true })],
  [/\.[cm]?ts$/, script({ typescript: true })],
  [/\.tsx$/, script({ jsx: true, typescript: true })],
  [/\.(html?|svg|xml|vue)$/, async () => (await import('@codemirror/lang-html')).html()],
  [/\.css$/, async () => (await import('@codemirror/lang-css')).css()],
  [/\.json$/, async () => (await import('@codemirror/lang-json')).json()],
  [/\.(md|markdown)$/, async () => (await import('@codemirror/lang-markdown')).markdown()],
  [/\.pyi?$/, async () => (await import('@codemirror/lang-python')).python()],
]

/** What is known of the language; nothing of most. */
export async function languageOf(path: string): Promise<Extension> {
  const [, load] = LANGUAGES.find(([pattern]) => pattern.test(path.toLowerCase())) ?? []
  return load === undefined ? [] : load()
}
