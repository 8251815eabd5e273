/** What something printed, with a word on what it is. */
import { plainText } from '~/ui/plain'

export function Printed({ label, text }: { label: string; text: string }) {
  return (
    <div>
      <p className="mb-0.5 text-quiet text-xs">{label}</p>
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
        tabIndex={0}
        className="max-h-72 overflow-auto whitespace-pre-wrap rounded-md bg-raised px-3 py-2 font-mono text-xs"
      >
        {plainText(text)}
      </pre>
    </div>
  )
}
