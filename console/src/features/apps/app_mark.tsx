/** A mark by which an app is found again: its initial, in a colour that follows from its id. */

/** Lightness and chroma are fixed, so that white stays readable on every hue. */
const HUES = [
  'bg-[oklch(0.5_0.13_20)]',
  'bg-[oklch(0.5_0.11_60)]',
  'bg-[oklch(0.48_0.11_145)]',
  'bg-[oklch(0.48_0.09_195)]',
  'bg-[oklch(0.5_0.13_250)]',
  'bg-[oklch(0.5_0.16_290)]',
  'bg-[oklch(0.5_0.15_340)]',
]

export function AppMark({ id, name }: { id: string; name: string }) {
  const sum = Array.from(id).reduce((total, letter) => total + letter.charCodeAt(0), 0)
  return (
    <span
      aria-hidden
      className={`grid size-9 shrink-0 place-items-center rounded-md font-semibold text-white ${HUES[sum % HUES.length]}`}
    >
      {Array.from(name)[0]?.toUpperCase()}
    </span>
  )
}
