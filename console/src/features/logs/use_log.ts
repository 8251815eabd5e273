/** A sandbox's log as it grows, read again when the connection breaks. */
import { useEffect, useState } from 'react'

import { asProblem, Problem } from '~/api/problem'
import { appendText } from './append'

/** How much of what was is asked for, in bytes. */
const TAIL = 65_536
const PAUSES_MS = [500, 1_000, 2_000, 5_000]

export interface Log {
  text: string
  /** Whether it is being followed now. */
  live: boolean
  problem: Problem | null
}

const NOTHING: Log = { text: '', live: false, problem: null }

export function useLog(sandbox: string, running: boolean): Log {
  const [log, setLog] = useState<Log>(NOTHING)
  useEffect(() => {
    if (!running) return
    const controller = new AbortController()
    void follow(sandbox, controller.signal, setLog)
    return () => controller.abort()
  }, [sandbox, running])
  return log
}

/** Until `signal`. Each connection begins with the end of what was, so it replaces what is shown. */
async function follow(
  sandbox: string,
  signal: AbortSignal,
  set: (change: (old: Log) => Log) => void,
): Promise<void> {
  for (let failures = 0; !signal.aborted; failures += 1) {
    let first = true
    const add = (more: string): void => {
      const fresh = first
      first = false
      failures = 0
      set(old => ({ text: appendText(fresh ? '' : old.text, more), live: true, problem: null }))
    }
    const problem = await readLog(sandbox, signal, add).then(() => null, asProblem)
    if (signal.aborted) return
    set(old => ({ ...old, live: false, problem }))
    await pause(PAUSES_MS[Math.min(failures, PAUSES_MS.length - 1)] ?? 0, signal)
  }
}

async function readLog(
  sandbox: string,
  signal: AbortSignal,
  add: (text: string) => void,
): Promise<void> {
  const response = await fetch(`/v1/sandboxes/${sandbox}/logs?follow=true&bytes=${TAIL}`, {
    signal,
  })
  if (!response.ok || response.body === null) {
    throw new Problem(response.status, await response.json().catch(() => undefined))
  }
  add('')
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
  while (true) {
    const { done, value } = await reader.read()
    if (done) return
    add(value)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}
