/** A whole installation over a real engine, as `sandboxd-test-stack` starts it. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { get, type IncomingMessage } from 'node:http'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'

interface Place {
  url: string
  token: string
  /** Where agents find the fake model. */
  model: string
}

export class Stack {
  readonly place: Place
  private readonly child: ChildProcessByStdio<Writable, Readable, null>
  private readonly lines: AsyncIterator<string>

  private constructor(child: Stack['child'], lines: AsyncIterator<string>, place: Place) {
    this.child = child
    this.lines = lines
    this.place = place
  }

  /** Starts one with further environment; `SANDBOXD_TEST_STACK` names the program. */
  static async start(more: Record<string, string> = {}): Promise<Stack> {
    const program = process.env.SANDBOXD_TEST_STACK ?? '../../target/debug/sandboxd-test-stack'
    const child = spawn(program, {
      env: { ...process.env, ...more },
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const first = await lines.next()
    if (first.done) throw new Error(`${program} ended`)
    return new Stack(child, lines, JSON.parse(first.value) as Place)
  }

  async tell(command: 'kill-api' | 'start-api'): Promise<void> {
    this.child.stdin.write(`${command}\n`)
    if ((await this.lines.next()).done) throw new Error('the installation ended')
  }

  /** Ends it with all that it made. */
  async end(): Promise<void> {
    const ended = new Promise(resolve => this.child.once('exit', resolve))
    this.child.stdin.end()
    await ended
  }
}

/** What a preview answers; its name is resolved by browsers, not by every host. */
export async function visit(url: string | undefined): Promise<string> {
  const { host, port, pathname } = new URL(url ?? 'there is no preview')
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: pathname, headers: { host } }, resolve).on('error', reject)
  })
  return text(response)
}
