/** How long to rest before something is tried again. */

const FIRST_MS = 250
const LAST_MS = 5_000

/** Doubles from try to try (0, 1, …) up to 5 s; up to half of it less, so that callers spread. */
export function backoffMs(tries: number): number {
  return Math.min(FIRST_MS * 2 ** tries, LAST_MS) * (0.5 + Math.random() / 2)
}

/** Resolves after `ms`. Rejects with the signal's reason when that comes first. */
export function rest(ms: number, signal?: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', aborted)
      resolve()
    }, ms)
    signal?.addEventListener('abort', aborted, { once: true })
    if (signal?.aborted) aborted()
  })
}
