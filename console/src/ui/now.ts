/** The time as it goes by, for all who show it: one timer a rhythm, and none while nobody looks. */
import { useSyncExternalStore } from 'react'

import { serverNow } from '~/api/clock'

class Ticker {
  private readonly listeners = new Set<() => void>()
  private readonly every: number
  private timer: ReturnType<typeof setInterval> | undefined
  private value = serverNow()

  constructor(every: number) {
    this.every = every
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener)
    this.timer ??= setInterval(this.tick, this.every)
    this.value = serverNow()
    return () => {
      this.listeners.delete(listener)
      if (this.listeners.size > 0) return
      clearInterval(this.timer)
      this.timer = undefined
    }
  }

  readonly read = (): number => this.value

  private readonly tick = (): void => {
    this.value = serverNow()
    for (const listener of this.listeners) listener()
  }
}

const quick = new Ticker(100)
const slow = new Ticker(5_000)
const still = { subscribe: () => () => {}, read: () => 0 }

/** Now, on the server's clock. "quick" is for durations that grow, "still" for those that don't. */
export function useNow(rhythm: 'quick' | 'slow' | 'still'): number {
  const ticker = { quick, slow, still }[rhythm]
  return useSyncExternalStore(ticker.subscribe, ticker.read)
}
