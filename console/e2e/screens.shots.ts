/** Pictures of each page, light and dark, wide and narrow, into the folder that `SCREENS` names. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'

import { openBrowser, openPage, settled, signIn } from './browser'
import { Stack } from './stack'

const SIZES = [
  ['wide', 1440, 900],
  ['middle', 1024, 768],
  ['narrow', 360, 780],
] as const

let stack: Stack
let browser: Browser
let page: Page

beforeAll(async () => {
  stack = await Stack.start()
  browser = await openBrowser()
  ;({ page } = await openPage(browser, stack.place.url))
})

afterAll(async () => {
  await browser?.close()
  await stack?.end()
})

/** An app with a history; the path of its page, and those of a task and an exploration. */
async function seed(): Promise<{ app: string; others: [name: string, path: string][] }> {
  const { id: app } = await stack.call<{ id: string }>('POST', '/v1/apps', {
    name: 'Tea shop',
    description: 'Sells tea.',
    tags: ['demo'],
  })
  const { id: sandbox } = await stack.call<{ id: string }>('POST', `/v1/apps/${app}/sandbox`, {
    template: 'react-standard',
  })
  const capture = (name: string, live: boolean) =>
    stack.call<{ id: string }>('POST', '/v1/snapshots', { source_sandbox_id: sandbox, name, live })
  const first = await capture('The first idea', true)
  await stack.call('POST', `/v1/sandboxes/${sandbox}/stop`)
  await capture('With green tea', false)
  await stack.call('POST', `/v1/sandboxes/${sandbox}/start`)
  await stack.call('POST', `/v1/apps/${app}/restore`, { snapshot_id: first.id })
  await stack.call('POST', `/v1/apps/${app}/fork`, { snapshot_id: first.id, count: 2 })
  await stack.call('POST', `/v1/apps/${app}/config`, {
    key: 'SHOP_NAME',
    value: 'Tea',
    sensitive: false,
  })
  await stack.call('POST', `/v1/apps/${app}/config`, {
    key: 'PAYMENT_KEY',
    value: 'x',
    sensitive: true,
  })
  const others = await seedTasks(app, sandbox)
  return { app: `/apps/${app}`, others }
}

const MODEL_PROMPT =
  'Make the page about tea.\n[run sed -i s/Hello/Tea/ index.html] [run ls] [say The page is **about tea** now: see `index.html`.]\nwrite teas.txt: Green'

async function seedTasks(app: string, sandbox: string): Promise<[name: string, path: string][]> {
  const config = (key: string, value: string) =>
    stack.call('POST', `/v1/apps/${app}/config`, { key, value, access_policy: 'agent_access' })
  await config('ANTHROPIC_API_KEY', 'sk-none')
  await config('ANTHROPIC_BASE_URL', stack.place.model)
  const run = (body: object) =>
    stack.call<{ id: string }>('POST', `/v1/sandboxes/${sandbox}/tasks`, body)
  const good = await run({ prompt: MODEL_PROMPT, agent: 'claude-code' })
  const sh = (line: string) => ({ agent: 'command', command: ['sh', '-c', line] })
  await run({ prompt: 'Add a cart', ...sh('echo no such module: cart >&2; exit 1') }).catch(
    () => {},
  )
  const failed = await stack.call<{ tasks: { id: string }[] }>(
    'GET',
    `/v1/apps/${app}/tasks?limit=1`,
  )
  await stack.call('POST', `/v1/apps/${app}/explore`, {
    prompt: 'A name for the shop',
    count: 3,
    ...sh('echo "<h1>$(shuf -n 1 -e Leaf Steam Cup)</h1>" > index.html'),
  })
  const explored = await stack.call<{ operations: { id: string }[] }>(
    'GET',
    `/v1/operations?app_id=${app}&kind=app.explore`,
  )
  const tasks = `/apps/${app}/tasks`
  return [
    ['task', `${tasks}/${good.id}`],
    ['task-failed', `${tasks}/${failed.tasks[0]?.id}`],
    ['exploration', `${tasks}/explore/${explored.operations[0]?.id}`],
  ]
}

/** Once what has changed is painted, colours of frames too. */
const painted = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve, 100)))

test('pictures', { timeout: 300_000 }, async () => {
  const folder = process.env.SCREENS
  const { app, others } = await seed()
  await page.goto(stack.place.url)
  await page.screenshot({ path: `${folder}/sign-in.png` })
  await signIn(page, stack.place.url, stack.place.token)
  const tabs = [
    '',
    '/tasks',
    '/timeline',
    '/snapshots',
    '/snapshots/compare',
    '/files',
    '/terminal',
    '/operations',
    '/logs',
    '/config',
    '/settings',
  ]
  const nameOf = (path: string) =>
    path.replace(app, 'app').replaceAll('/', '-').replace(/^-/, '') || 'apps'
  const paths = ['/', '/operations', '/workers', '/webhooks', ...tabs.map(tab => app + tab)]
  for (const [name, path] of [...paths.map(path => [nameOf(path), path]), ...others]) {
    await page.goto(stack.place.url + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle', { timeout: 4_000 }).catch(() => {})
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      for (const [size, width, height] of SIZES) {
        await page.setViewportSize({ width, height })
        await page.evaluate(painted)
        await settled(page)
        await page.screenshot({ path: `${folder}/${name}-${scheme}-${size}.png` })
      }
    }
  }
})
