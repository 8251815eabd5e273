/** Where the steps of an operation stand on its time line. */
import type { Operation, Step } from '~/api/types'

export interface Bar {
  step: Step
  ms: number
  /** Fractions of the whole. */
  start: number
  width: number
}

/** The smallest width that can be seen. */
const VISIBLE = 0.008

export function bars(operation: Operation, now: number): Bar[] {
  const begun = Date.parse(operation.created_at)
  const ended = operation.finished_at === null ? now : Date.parse(operation.finished_at)
  const whole = Math.max(1, ended - begun)
  return operation.steps.map(step => {
    const at = Date.parse(step.started_at)
    const ms = stepMs(step, now)
    const start = clamp((at - begun) / whole, 0, 1 - VISIBLE)
    return { step, ms, start, width: clamp(ms / whole, VISIBLE, 1 - start) }
  })
}

/** How long a step took, or has taken so far. */
export function stepMs(step: Step, now: number): number {
  return step.duration_ms ?? Math.max(0, now - Date.parse(step.started_at))
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high)
}
