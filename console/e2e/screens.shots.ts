/** Pictures of each page, light and dark, wide and narrow, into the folder that `SCREENS` names. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, test } from 'vitest'

import { openBrowser, openPage, signIn } from './browser'
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

/** An app with a history; the path of its page. */
async function seed(): Promise<string> {
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
  return `/apps/${app}`
}

test('pictures', { timeout: 180_000 }, async () => {
  const folder = process.env.SCREENS
  const app = await seed()
  await page.goto(stack.place.url)
  await page.screenshot({ path: `${folder}/sign-in.png` })
  await signIn(page, stack.place.url, stack.place.token)
  const tabs = ['', '/timeline', '/snapshots', '/snapshots/compare', '/files', '/terminal', '/logs']
  tabs.push('/operations', '/config', '/settings')
  for (const path of ['/', '/operations', '/workers', '/webhooks', ...tabs.map(tab => app + tab)]) {
    const name = path.replace(app, 'app').replaceAll('/', '-').replace(/^-/, '') || 'apps'
    await page.goto(stack.place.url + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
    await page.waitForLoadState('networkidle', { timeout: 4_000 }).catch(() => {})
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' })
      for (const [size, width, height] of SIZES) {
        await page.setViewportSize({ width, height })
        await page.screenshot({ path: `${folder}/${name}-${scheme}-${size}.png` })
      }
    }
  }
})
