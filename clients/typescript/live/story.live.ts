/** The client over a real installation, also while its API is killed. */
import { execFile } from 'node:child_process'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'

import {
  type ApiError,
  BEGINNING,
  OperationError,
  Sandboxd,
  type TimelineEvent,
} from '../src/index.js'
import { Stack, visit } from './stack.js'

let stack: Stack
let client: Sandboxd
let app: string
let sandbox: string
let preview: string
let snapshot: string

beforeAll(async () => {
  stack = await Stack.start()
  client = new Sandboxd(stack.place)
})

afterAll(() => stack?.end())

const write = (id: string, path: string, body: string) =>
  client.PUT('/v1/sandboxes/{id}/files/content', {
    params: { path: { id }, query: { path } },
    body,
  })
const read = (id: string, path: string) =>
  client.GET('/v1/sandboxes/{id}/files/content', {
    params: { path: { id }, query: { path } },
    parseAs: 'text',
  })
const command = (line: string) => ({
  prompt: 'Do it',
  agent: 'command' as const,
  command: ['sh', '-c', line],
})
const problem = (asking: Promise<unknown>) => asking.catch((error: ApiError) => error)

test('an app, its sandbox, its preview', async () => {
  app = (await client.POST('/v1/apps', { body: { name: 'Tea shop' } })).id
  const steps: (string | undefined)[] = []
  const creating = client.POST('/v1/apps/{id}/sandbox', {
    params: { path: { id: app } },
    body: { template: 'static' },
  })
  const made = await client.wait(creating, {
    onProgress: ({ status, progress }) => steps.push(progress?.step ?? status),
  })
  sandbox = made.sandbox?.id ?? ''
  preview = made.sandbox?.preview.url ?? ''
  expect(steps.length).toBeGreaterThan(0)
  await write(sandbox, 'index.html', '<h1>Green tea</h1>')
  expect(await visit(preview)).toContain('Green tea')
})

test('a capture, three forks, a restore', async () => {
  const body = { source_sandbox_id: sandbox, name: 'green', live: true }
  snapshot = (await client.wait(client.POST('/v1/snapshots', { body }))).snapshot?.id ?? ''
  const params = { path: { id: app } }
  const fork = { snapshot_id: snapshot, count: 3 }
  const { children } = await client.wait(client.POST('/v1/apps/{id}/fork', { params, body: fork }))
  expect(children).toHaveLength(3)
  for (const child of children ?? []) {
    expect(await read(child.sandbox?.id ?? '', 'index.html')).toContain('Green tea')
  }
  await write(sandbox, 'index.html', '<h1>Spilt tea</h1>')
  const restore = { snapshot_id: snapshot }
  const restored = await client.wait(
    client.POST('/v1/apps/{id}/restore', { params, body: restore }),
  )
  expect(restored.safety_snapshot_id).toBeDefined()
  expect(await read(sandbox, 'index.html')).toContain('Green tea')
})

test('a task, and what it says while the API is killed', async () => {
  const params = { path: { id: sandbox } }
  const line = 'for n in $(seq 10); do echo "cup $n"; sleep 0.2; done; echo tea > tea.txt'
  const operation = await client.POST('/v1/sandboxes/{id}/tasks', { params, body: command(line) })
  const said: string[] = []
  const path = { id: sandbox, task_id: operation.task_id ?? '' }
  for await (const piece of client.stream('/v1/sandboxes/{id}/tasks/{task_id}/events', {
    params: { path },
  })) {
    const { text } = piece.data as { text?: string }
    if (text?.startsWith('cup')) said.push(text.trim())
    if (said.length === 3 && said[2] === text?.trim()) {
      await stack.tell('kill-api')
      void stack.tell('start-api')
    }
  }
  expect(said).toEqual(Array.from({ length: 10 }, (_, n) => `cup ${n + 1}`))
  const { task } = await client.wait(operation)
  expect(task?.status).toBe('succeeded')
  expect(task?.files_changed).toEqual(['tea.txt'])
})

test('every event once, and every app once, while the API is killed', async () => {
  const begun = await client.GET('/v1/events', { params: { query: { limit: 1 } } })
  const stream = client.stream('/v1/events', {
    after: begun.events[0]?.id ?? BEGINNING,
    params: { query: { type: 'app.created' } },
  })
  const heard: TimelineEvent[] = []
  const hearing = (async () => {
    for await (const event of stream) if (heard.push(event) === 30) break
  })()
  const make = (n: number) => client.POST('/v1/apps', { body: { name: `Cup ${n}` } })
  const making = Array.from({ length: 10 }, (_, n) => make(n))
  await making[3]
  await stack.tell('kill-api')
  making.push(...Array.from({ length: 10 }, (_, n) => make(10 + n)))
  await stack.tell('start-api')
  making.push(...Array.from({ length: 10 }, (_, n) => make(20 + n)))
  const made = await Promise.all(making)
  await hearing
  const ids = made.map(one => one.id)
  expect(new Set(ids).size).toBe(30)
  const query = { q: 'Cup', limit: 200 }
  const { apps } = await client.GET('/v1/apps', { params: { query } })
  expect(apps.map(one => one.id).sort()).toEqual(ids.sort())
  expect(heard.map(event => event.app_id).sort()).toEqual(ids)
  expect(heard.map(event => event.id)).toEqual(heard.map(event => event.id).sort())
})

test('one key makes one app, whatever happens in between', async () => {
  const header = { 'Idempotency-Key': 'the-only-one' }
  const make = () => client.POST('/v1/apps', { params: { header }, body: { name: 'Only' } })
  const first = await make()
  await stack.tell('kill-api')
  const again = make()
  await stack.tell('start-api')
  expect(await again).toEqual(first)
  const { apps } = await client.GET('/v1/apps', { params: { query: { q: 'Only' } } })
  expect(apps).toHaveLength(1)
})

test('errors have their types', async () => {
  const path = { id: BEGINNING }
  expect(await problem(client.GET('/v1/apps/{id}', { params: { path } }))).toMatchObject({
    name: 'ApiError',
    status: 404,
    code: 'not_found',
  })
  const wrong = await problem(client.POST('/v1/apps', { body: { name: '' } }))
  expect(wrong).toMatchObject({ code: 'invalid_request', details: { field: 'name' } })
  const stranger = new Sandboxd({ ...stack.place, token: 'nobody' })
  expect(await problem(stranger.GET('/v1/apps'))).toMatchObject({ code: 'unauthorized' })
  const params = { path: { id: sandbox } }
  const sleep = await client.POST('/v1/sandboxes/{id}/tasks', {
    params,
    body: command('sleep 600'),
  })
  const second = client.POST('/v1/sandboxes/{id}/tasks', { params, body: command('true') })
  expect(await problem(second)).toMatchObject({
    code: 'task_in_progress',
    details: { task_id: sleep.task_id },
  })
  await client.POST('/v1/operations/{id}/cancel', { params: { path: { id: sleep.id } } })
  const ended = await problem(client.wait(sleep))
  expect(ended).toBeInstanceOf(OperationError)
  expect(ended).toMatchObject({ code: 'cancelled' })
})

test('the example of the README, with the package as it is built', async () => {
  const program = 'live/.readme.mjs'
  const [, code] = readFileSync('README.md', 'utf8').match(/^```js\n(.*?)^```$/ms) ?? []
  onTestFinished(() => rmSync(program, { force: true }))
  writeFileSync(program, code ?? 'there is none')
  const { url, token } = stack.place
  const env = { ...process.env, SANDBOXD_URL: url, SANDBOXD_TOKEN: token }
  const { stdout } = await promisify(execFile)(process.execPath, [program], { env })
  expect(stdout).toMatch(/preview\.localhost.*\nsandbox\.created\n$/s)
})
