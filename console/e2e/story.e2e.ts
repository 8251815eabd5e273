/** The main story by clicks, over a real engine. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { expectAccessible, expectFits, openBrowser, openPage, signIn, watch } from './browser'
import { Stack } from './stack'

let stack: Stack
let browser: Browser
let page: Page
let faults: string[]

beforeAll(async () => {
  stack = await Stack.start()
  browser = await openBrowser()
  ;({ page, faults } = await openPage(browser, stack.place.url))
})

afterAll(async () => {
  await browser?.close()
  await stack?.end()
})

const status = (text: string) => page.getByTestId('status').filter({ hasText: text }).waitFor()
const preview = () => page.frameLocator('iframe[data-testid=preview]').locator('body')
const event = (type: string, nth = 0) => page.getByTestId(`event-${type}`).nth(nth).waitFor()
const heading = (name: string) => page.getByRole('heading', { name, exact: true }).waitFor()

/** What the sandbox's page says, set past the console. */
async function writePage(text: string): Promise<void> {
  const [sandbox] = (await stack.call<{ sandboxes: { id: string }[] }>('GET', '/v1/sandboxes'))
    .sandboxes
  const path = `/v1/sandboxes/${sandbox?.id}/files/content?path=index.html`
  const answer = await fetch(`${stack.place.url}${path}`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${stack.place.token}` },
    body: `<!doctype html><title>t</title><h1>${text}</h1>`,
  })
  expect(answer.ok, await answer.text()).toBe(true)
}

describe('the story', () => {
  test('a wrong token is refused, the right one lets in', async () => {
    await page.goto(stack.place.url)
    await page.getByLabel('Token').fill('wrong')
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByText('No tenant has this token').waitFor()
    await expectAccessible(page)
    await signIn(page, stack.place.url, stack.place.token)
    await heading('Apps')
    await page.getByText('No apps yet').waitFor()
    expect(await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]))).not.toContain(
      stack.place.token,
    )
    await expectAccessible(page)
  })

  test('an app, its sandbox, its preview', async () => {
    await page.getByTestId('app-name').fill('Tea shop')
    await page.getByTestId('create-app').click()
    await heading('Tea shop')
    await expectAccessible(page)
    await page.getByLabel('Template').selectOption('static')
    await page.getByTestId('create-sandbox').click()
    await status('running')
    await event('sandbox.created')
    await writePage('Green tea')
    await page.getByRole('button', { name: 'Reload' }).click()
    await preview().getByText('Green tea').waitFor()
  })

  test('a capture, a change, and back', async () => {
    await page.getByTestId('snapshot').click()
    await event('snapshot.captured')
    await writePage('Spilt tea')
    await page.getByRole('button', { name: 'Reload' }).click()
    await preview().getByText('Spilt tea').waitFor()
    await page.locator('[data-testid^=restore-]').first().click()
    await page.getByRole('dialog').waitFor()
    await expectAccessible(page)
    await page.getByTestId('confirm').click()
    await event('snapshot.restored')
    await status('running')
    await preview().getByText('Green tea').waitFor()
    await page.getByTestId('snapshots-panel').getByText('safety', { exact: true }).waitFor()
  })

  test('stopped and started', async () => {
    await page.getByTestId('stop').click()
    await status('stopped')
    await page.getByTestId('start').click()
    await status('running')
    await preview().getByText('Green tea').waitFor()
  })

  test('two forks', async () => {
    await page.locator('[data-testid^=fork-]').first().click()
    await page.getByLabel('How many').fill('2')
    await page.getByTestId('confirm').click()
    await event('snapshot.forked')
    await page.getByRole('link', { name: 'Apps', exact: true }).click()
    await page.getByRole('link', { name: 'Tea shop (fork 2)', exact: true }).waitFor()
    await expectAccessible(page)
  })

  test('a refresh, a second tab', async () => {
    await page.getByRole('link', { name: 'Tea shop', exact: true }).click()
    await status('running')
    const other = watch(await page.context().newPage(), stack.place.url)
    await other.page.goto(page.url())
    await other.page.getByTestId('stop').click()
    await page.reload()
    await status('stopped')
    await other.page.getByTestId('status').filter({ hasText: 'stopped' }).waitFor()
    // The first tab streams no more: the second goes on.
    await other.page.getByTestId('start').click()
    await status('running')
    await other.page.close()
    await page.getByTestId('stop').click()
    await status('stopped')
    expect(other.faults).toEqual([])
  })

  test('every page fits and is accessible, narrow and dark too', async () => {
    const app = page.url()
    const tabs = await page
      .getByRole('navigation', { name: 'Parts of the app' })
      .getByRole('link')
      .all()
    const places = await Promise.all(tabs.map(tab => tab.getAttribute('href')))
    for (const dark of [false, true]) {
      await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light' })
      await page.setViewportSize(dark ? { width: 360, height: 800 } : { width: 1280, height: 900 })
      for (const place of [...places, '/', '/operations', '/workers', '/webhooks']) {
        await page.goto(new URL(place ?? '/', app).href)
        await page.getByRole('heading', { level: 1 }).waitFor()
        await expect.poll(() => page.getByLabel('Loading').count()).toBe(0)
        await expectFits(page)
        await expectAccessible(page)
      }
    }
    await page.emulateMedia({ colorScheme: 'light' })
    await page.setViewportSize({ width: 1280, height: 900 })
    await page.goto(app)
  })

  test('the sandbox is deleted', async () => {
    await page.getByTestId('delete-sandbox').click()
    await page.getByTestId('confirm').click()
    await page.getByTestId('create-sandbox').waitFor()
    await event('sandbox.deleted')
  })

  test('nothing was asked of anybody else, and no policy was violated', () => {
    expect(faults).toEqual([])
  })
})
