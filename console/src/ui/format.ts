/** How numbers and times read. */

/** 850 ms, 4.2 s, 1 m 05 s, 2 h 03 m. */
export function formatDuration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} m ${pad(seconds % 60)} s`
  return `${Math.floor(seconds / 3_600)} h ${pad(Math.floor((seconds % 3_600) / 60))} m`
}

function pad(number: number): string {
  return String(number).padStart(2, '0')
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

export function formatBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1_024 && unit < UNITS.length - 1) {
    value /= 1_024
    unit += 1
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`
}

const STEPS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]
const RELATIVE = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' })

/** "3 min ago"; "just now" for what is less than five seconds away. */
export function formatAgo(at: number, now: number): string {
  const seconds = (at - now) / 1_000
  if (Math.abs(seconds) < 5) return 'just now'
  const step = STEPS.find(([, size]) => Math.abs(seconds) >= size)
  if (step === undefined) return RELATIVE.format(Math.round(seconds), 'second')
  return RELATIVE.format(Math.trunc(seconds / step[1]), step[0])
}

const CLOCK = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
})
const FULL = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })

export function formatClock(at: number): string {
  return CLOCK.format(at)
}

export function formatMoment(at: number): string {
  return FULL.format(at)
}

/** `start_container` is "Start container". */
export function formatName(name: string): string {
  const words = name.replaceAll(/[_.]/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}
