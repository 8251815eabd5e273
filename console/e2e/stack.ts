/** A whole installation over a real engine, as `sandboxd-test-stack` starts it. */
import { type ChildProcessByStdio, execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'

interface Place {
  url: string
  token: string
  /** Where agents find the fake model. */
  model: string
  data: string
  bins: string
}

export class Stack {
  readonly place: Place
  private readonly child: ChildProcessByStdio<Writable, Readable, null>
  private readonly lines: AsyncIterator<string>

  private constructor(
    child: ChildProcessByStdio<Writable, Readable, null>,
    lines: AsyncIterator<string>,
    place: Place,
  ) {
    this.child = child
    this.lines = lines
    this.place = place
  }

  /** Starts one; `SANDBOXD_TEST_STACK` names the program. */
  static async start(): Promise<Stack> {
    const program = process.env.SANDBOXD_TEST_STACK ?? '../target/debug/sandboxd-test-stack'
    const child = spawn(program, {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const first = await lines.next()
    if (first.done) throw new Error(`${program} ended`)
    return new Stack(child, lines, JSON.parse(first.value) as Place)
  }

  async tell(command: 'stop-api' | 'start-api' | 'arm' | 'reached' | 'resume', argument = '') {
    this.child.stdin.write(`${command} ${argument}`.trimEnd().concat('\n'))
    if ((await this.lines.next()).done) throw new Error('the installation ended')
  }

  /** Ends it with all that it made. */
  async end(): Promise<void> {
    const ended = new Promise(resolve => this.child.once('exit', resolve))
    this.child.stdin.end()
    await ended
  }

  /** A token of its own, to be revoked: its id and the token. */
  makeToken(tenant: string): { id: string; token: string } {
    const made = this.admin('token', 'create', '--tenant', tenant)
    const id = this.admin('token', 'list').match(/[0-9A-HJKMNP-TV-Z]{26}/)?.[0]
    if (id === undefined) throw new Error('the list of tokens has none')
    return { id, token: made.trim() }
  }

  revokeToken(id: string): void {
    this.admin('token', 'revoke', id)
  }

  private admin(...args: string[]): string {
    return execFileSync(`${this.place.bins}/sandboxd-api`, ['admin', ...args], {
      env: { ...process.env, SANDBOXD_DATA_DIR: this.place.data },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
  }

  /** An app with a sandbox that is there. */
  async makeApp(name: string): Promise<{ app: string; sandbox: string }> {
    const { id: app } = await this.call<{ id: string }>('POST', '/v1/apps', { name })
    const body = { template: 'static' }
    const made = await this.call<{ id: string }>('POST', `/v1/apps/${app}/sandbox`, body)
    return { app, sandbox: made.id }
  }

  /** A request past the console. */
  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.place.url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${this.place.token}`,
        'Content-Type': 'application/json',
        Prefer: 'wait=60',
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`)
    return (response.status === 204 ? undefined : await response.json()) as T
  }
}
