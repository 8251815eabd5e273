/** What a task's agent says, each piece once and in order, however often the stream is cut off. */
import { asProblem, type Problem } from '../problem'
import type { TaskOutput } from '../types'
import { readStream } from './stream'

/** Pieces that come in a burst are told together. */
const GATHER_MS = 50
const FIRST_PAUSE_MS = 300
const LAST_PAUSE_MS = 10_000

export interface Heard {
  pieces: TaskOutput[]
  /** Why nothing is heard now; it is tried again unless that can't help. */
  problem: Problem | null
  /** Whether nothing more will come. */
  over: boolean
}

interface FollowTask {
  sandbox: string
  task: string
  /** The last piece that is known. */
  after: number
  tell: (heard: Heard) => void
  signal: AbortSignal
}

/** Follows until `done`, until `signal`, or until there is no such task. */
export async function followTask(options: FollowTask): Promise<void> {
  const { tell, signal } = options
  const url = `/v1/sandboxes/${options.sandbox}/tasks/${options.task}/events`
  const gatherer = new Gatherer(options.after, tell)
  let pause = FIRST_PAUSE_MS
  while (!signal.aborted && !gatherer.over) {
    const problem = await readOnce(url, gatherer, signal, () => {
      pause = FIRST_PAUSE_MS
    })
    gatherer.flush()
    if (signal.aborted) return
    // Everything was heard already: nothing comes after `done`.
    if (gatherer.over || problem?.status === 204) break
    tell({ pieces: [], problem: problem ?? null, over: false })
    if (problem !== undefined && isFinal(problem)) return
    await new Promise(resolve => setTimeout(resolve, pause))
    pause = Math.min(pause * 2, LAST_PAUSE_MS)
  }
  tell({ pieces: [], problem: null, over: true })
}

function isFinal({ status }: Problem): boolean {
  return status === 401 || status === 404
}

async function readOnce(
  url: string,
  gatherer: Gatherer,
  signal: AbortSignal,
  onOpen: () => void,
): Promise<Problem | undefined> {
  try {
    await readStream({
      url,
      lastId: gatherer.seq === 0 ? undefined : String(gatherer.seq),
      signal,
      onOpen,
      onEvent: ({ data }) => gatherer.add(data),
    })
    return undefined
  } catch (error) {
    return asProblem(error)
  }
}

/** Hands on pieces together, without those that were heard before. */
class Gatherer {
  seq: number
  over = false
  private pieces: TaskOutput[] = []
  private timer: ReturnType<typeof setTimeout> | undefined
  private readonly tell: (heard: Heard) => void

  constructor(after: number, tell: (heard: Heard) => void) {
    this.seq = after
    this.tell = tell
  }

  add(data: string): void {
    const piece = JSON.parse(data) as TaskOutput
    if (piece.seq <= this.seq) return
    this.seq = piece.seq
    this.over = piece.type === 'done'
    this.pieces.push(piece)
    this.timer ??= setTimeout(() => this.flush(), GATHER_MS)
  }

  flush(): void {
    clearTimeout(this.timer)
    this.timer = undefined
    if (this.pieces.length === 0) return
    this.tell({ pieces: this.pieces, problem: null, over: this.over })
    this.pieces = []
  }
}
