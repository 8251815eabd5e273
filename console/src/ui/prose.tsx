/** Text that an agent wrote: as Markdown, once that is loaded, and as it is until then. */
import { lazy, Suspense } from 'react'

import { plainText } from './plain'

const Markdown = lazy(() => import('./markdown'))
/** Characters; what is longer stays as it is. */
const MARKDOWN_MAX = 50_000

export function Prose({ text }: { text: string }) {
  const plain = plainText(text)
  const asItIs = <p className="whitespace-pre-wrap">{plain}</p>
  if (plain.length > MARKDOWN_MAX) return asItIs
  return (
    <Suspense fallback={asItIs}>
      <Markdown text={plain} />
    </Suspense>
  )
}
