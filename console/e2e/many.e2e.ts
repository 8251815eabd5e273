/** An installation that has been used for long: 1,000 apps and 100,000 events. */
import { execFileSync } from 'node:child_process'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { expectAccessible, expectFits, openBrowser, openPage, signIn } from './browser'
import { Stack } from './stack'

const APPS = 1_000
const EVENTS = 100_000
/** Of the first app; it has half of all events. */
const BUSY = appId(1)
/** The most that a page may render of either, however far it was scrolled. */
const RENDERED_MAX = 150
/** Until a page of it shows something; what a person still takes for at once, on a busy machine. */
const SHOWN_WITHIN_MS = 3_000

let stack: Stack
let browser: Browser
let page: Page
let faults: string[]

beforeAll(async () => {
  stack = await Stack.start()
  fill(`${stack.place.data}/sandboxd.db`)
  browser = await openBrowser()
  ;({ page, faults } = await openPage(browser, stack.place.url))
  await signIn(page, stack.place.url, stack.place.token)
})

afterAll(async () => {
  await browser?.close()
  await stack?.end()
})

/** ULIDs of a time long past, so that what comes is newer; the digits are Crockford's too. */
function appId(number: number): string {
  return `01K0000000${String(number).padStart(16, '0')}`
}

/** Rows as an installation would have made them in time. */
function fill(database: string): void {
  const id = (start: string) => `'${start}' || printf('%016d', i)`
  execFileSync('sqlite3', ['-cmd', '.timeout 20000', database], {
    input: `
      BEGIN IMMEDIATE;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${APPS})
      INSERT INTO apps (id, owner, name, tags, created_at, updated_at)
      SELECT ${id('01K0000000')}, 'alice', 'App ' || printf('%04d', i),
             iif(i % 10 = 0, '["tenth"]', '[]'), 1751328000000 + i, 1751328000000 + i FROM n;
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${EVENTS})
      INSERT INTO events (id, owner, app_id, operation_id, type, severity, message, payload, created_at)
      SELECT ${id('01K0000001')}, 'alice',
             '01K0000000' || printf('%016d', iif(i % 2 = 0, 1, 1 + i % ${APPS})),
             iif(i % 20 < 12, '01K0000002' || printf('%016d', i / 4), NULL),
             iif(i % 1000 = 0, 'sandbox.crashed', 'app.updated'),
             iif(i % 1000 = 0, 'error', 'info'), 'It was event ' || i, '{}',
             1751328000000 + i * 1000 FROM n;
      COMMIT;`,
    stdio: ['pipe', 'ignore', 'inherit'],
  })
}

/** Scrolls down until something is there; the longest that the page didn't answer meanwhile, in ms. */
async function scrollTo(found: () => Promise<boolean>): Promise<number> {
  let longest = 0
  for (let step = 0; step < 400; step++) {
    if (await found()) return longest
    const begun = Date.now()
    await page.evaluate(async () => {
      window.scrollTo(0, document.documentElement.scrollHeight)
      await new Promise(resolve => requestAnimationFrame(resolve))
    })
    longest = Math.max(longest, Date.now() - begun)
    await page.waitForTimeout(30)
  }
  throw new Error('it was not found')
}

/** How long it takes until `shown` is there, in ms. */
async function timed(open: () => Promise<unknown>, shown: string): Promise<number> {
  const begun = Date.now()
  await open()
  await page.getByText(shown).first().waitFor()
  return Date.now() - begun
}

test('a thousand apps: the newest at once, the oldest by scrolling, any by its name', async () => {
  const cards = page.getByRole('article')
  expect(await timed(() => page.goto(stack.place.url), 'App 1000')).toBeLessThan(SHOWN_WITHIN_MS)
  const longest = await scrollTo(() => page.getByText('App 0001').isVisible())
  expect(longest).toBeLessThan(1_000)
  expect(await cards.count()).toBeLessThan(RENDERED_MAX)
  await page.getByRole('searchbox').fill('App 0777')
  await expect.poll(() => cards.count()).toBe(1)
  await page.getByText('App 0777').waitFor()
  await page.getByRole('searchbox').fill('')
  await page.getByText('App 1000').waitFor()
  await page.getByText('tenth').first().waitFor()
  await expectAccessible(page)
  await expectFits(page)
})

test('a hundred thousand events: live at the top, and as far back as somebody scrolls', async () => {
  const address = `${stack.place.url}/apps/${BUSY}/timeline`
  const rows = page.getByTestId('activity-list').locator('li')
  const newest = `It was event ${EVENTS}`
  expect(await timed(() => page.goto(address), newest)).toBeLessThan(SHOWN_WITHIN_MS)
  // 2,000 of the app's 50,000.
  const longest = await scrollTo(() => page.getByText('It was event 96000').isVisible())
  expect(longest).toBeLessThan(1_000)
  expect(await rows.count()).toBeLessThan(RENDERED_MAX)
  await stack.call('PATCH', `/v1/apps/${BUSY}`, { description: 'It goes on' })
  await page.evaluate(() => window.scrollTo(0, 0))
  await page.getByTestId('event-app.updated').first().filter({ hasNotText: 'It was' }).waitFor()
  await page.getByLabel('Severity').selectOption('error')
  await page.getByText(newest).waitFor()
  await expect.poll(() => rows.count()).toBeGreaterThan(5)
  await expectAccessible(page)
  expect(faults).toEqual([])
})
