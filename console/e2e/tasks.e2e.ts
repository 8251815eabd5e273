/** Tasks by clicks: from the prompt to the changed preview and back, over a real engine. */
import type { Browser, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { expectAccessible, expectFits, openBrowser, openPage, signIn } from './browser'
import { Stack } from './stack'

const AGENT_LIMIT_MS = 120_000

let stack: Stack
let browser: Browser
let page: Page
let faults: string[]
let app: string
let sandbox: string

beforeAll(async () => {
  stack = await Stack.start()
  browser = await openBrowser()
  ;({ page, faults } = await openPage(browser, stack.place.url))
  await signIn(page, stack.place.url, stack.place.token)
  ;({ app, sandbox } = await stack.makeApp('Tea shop'))
})

afterAll(async () => {
  await browser?.close()
  await stack?.end()
})

const open = (path: string) => page.goto(`${stack.place.url}/apps/${app}${path}`)
const status = (text: string, timeout = 40_000) =>
  page.getByTestId('task-status').filter({ hasText: text }).waitFor({ timeout })
const log = () => page.getByTestId('task-log')
const preview = (text: string) =>
  page.frameLocator('iframe[data-testid=preview]').locator('body').getByText(text).waitFor()
const isOff = (button: Locator) => button.getAttribute('aria-disabled')

/** Fills the form in for a line of shell. */
async function fillIn(line: string, prompt = 'Do it'): Promise<void> {
  await page.getByLabel('Agent').selectOption('command')
  await page.getByTestId('task-prompt').fill(prompt)
  await page.getByLabel('Command line').fill(line)
}

async function runLine(line: string, prompt?: string): Promise<void> {
  await fillIn(line, prompt)
  await page.getByTestId('run-task').click()
}

/** The same on the page of tasks, which leads to the task's own; its id. */
async function runTask(line: string, prompt?: string): Promise<string> {
  await open('/tasks')
  await runLine(line, prompt)
  await page.waitForURL(/\/tasks\/[0-9A-Z]{26}$/)
  return page.url().slice(-26)
}

const pageOf = (text: string) => `echo '<h1>${text}</h1>' > index.html`

describe('tasks', () => {
  test('a task wakes the sandbox, and the preview shows what it did', async () => {
    await stack.call('POST', `/v1/sandboxes/${sandbox}/stop`)
    await open('')
    await page.getByText('The sandbox is asleep and will be woken').waitFor()
    await runLine(pageOf('Green tea'), 'Sell green tea\nand nothing else')
    await status('succeeded')
    await preview('Green tea')
    await expectAccessible(page)
    const row = page.locator('[data-testid^=task-01]')
    await row.getByText('1 file changed').waitFor()
    await row.getByRole('link', { name: 'Sell green tea' }).click()
    await page.getByRole('heading', { name: 'and nothing else' }).waitFor()
    await page.getByLabel('Files changed').getByText('index.html').waitFor()
    await page.getByText('1 changed', { exact: true }).waitFor()
    await log().getByText('succeeded').waitFor()
    await expectAccessible(page)
  })

  test('it is undone, and what was there is kept', async () => {
    await runTask(pageOf('Spilt tea'))
    await status('succeeded')
    await preview('Spilt tea')
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('1 file changed by this task').waitFor()
    await dialog.getByText('of kind “safety”').waitFor()
    await expectAccessible(page)
    await page.getByTestId('confirm').click()
    await page.getByRole('heading', { name: 'Undoing' }).waitFor()
    await preview('Green tea')
    const { snapshots } = await stack.call<{ snapshots: { kind: string }[] }>(
      'GET',
      `/v1/apps/${app}/snapshots`,
    )
    expect(snapshots.filter(one => one.kind === 'safety')).toHaveLength(1)
  })

  test('an undo says how many later tasks it takes back', async () => {
    await page.getByRole('link', { name: 'All tasks' }).click()
    await page.getByRole('link', { name: 'Sell green tea' }).click()
    await page.getByRole('button', { name: 'Undo', exact: true }).click()
    await page.getByRole('dialog').getByText('a later task').waitFor()
    await page.keyboard.press('Escape')
  })

  test('the log is whole after a refresh and a restart of the server', async () => {
    const id = await runTask('for n in $(seq 30); do echo "cup $n."; sleep 0.3; done')
    await log().getByText('cup 3.').waitFor()
    await page.reload()
    await log().getByText('cup 8.').waitFor()
    await stack.tell('stop-api')
    await page.getByTestId('liveness').getByText('Reconnecting').waitFor()
    await stack.tell('start-api')
    await log().getByText('cup 30.').waitFor({ timeout: 40_000 })
    await status('succeeded')
    const said = ((await log().textContent()) ?? '').match(/cup \d+\./g)
    expect(said).toEqual(Array.from({ length: 30 }, (_, n) => `cup ${n + 1}.`))
    await page.getByLabel('Raw').check()
    await log().getByText('"type":"done"').waitFor()
    await page.getByLabel('Raw').uncheck()
    expect(page.url()).toContain(id)
  })

  test('one is cancelled', async () => {
    await runTask('echo begun; sleep 600')
    await log().getByText('begun').waitFor()
    await status('running')
    await open('')
    await fillIn('true')
    await page.getByTestId('run-task').hover()
    await page.getByRole('tooltip').getByText('A task is under way').waitFor()
    expect(await isOff(page.getByTestId('stop'))).toBe('true')
    await page.getByRole('link', { name: 'a task is under way' }).click()
    await log().getByText('begun').waitFor()
    await page.getByTestId('cancel-task').click()
    await status('cancelled')
    expect(await page.getByTestId('cancel-task').count()).toBe(0)
  })

  test('one that fails says why and what to do, and is run again as it was', async () => {
    const first = await runTask('echo no such thing >&2; exit 4', 'Break')
    await status('failed')
    await page.getByText('agent_error').waitFor()
    await page.getByText('ended with exit code 4: no such thing').first().waitFor()
    await page.getByText('What it had changed is kept').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Run again' }).click()
    await page.waitForURL(url => !url.href.includes(first))
    await status('failed')
    await page.getByRole('heading', { name: 'Break' }).waitFor()
  })

  test('what an agent lacks is said before it is asked', async () => {
    await open('/tasks')
    await page.getByTestId('task-prompt').fill('Anything')
    await page.getByLabel('Agent').selectOption('gemini')
    await page.getByText('GEMINI_API_KEY').waitFor()
    await page.getByText('SANDBOXD_AGENTS=gemini scripts/image').waitFor()
    expect(await isOff(page.getByTestId('run-task'))).toBe('true')
    await expectAccessible(page)
    await page.getByTestId('task-prompt').press('Control+Enter')
    expect(page.url()).toMatch(/\/tasks$/)
    // What was typed outlives a refresh.
    await page.reload()
    expect(await page.getByTestId('task-prompt').inputValue()).toBe('Anything')
  })

  test('a coding agent is asked, and asked again', { timeout: AGENT_LIMIT_MS }, async () => {
    const config = (key: string, value: string) =>
      stack.call('POST', `/v1/apps/${app}/config`, { key, value, access_policy: 'agent_access' })
    await config('ANTHROPIC_API_KEY', 'sk-none')
    await config('ANTHROPIC_BASE_URL', stack.place.model)
    await open('/tasks')
    await page.getByLabel('Agent').selectOption('claude-code')
    await page.getByText('can’t work in this app yet').waitFor({ state: 'detached' })
    await page
      .getByTestId('task-prompt')
      .fill("[run echo '<h1>Oolong</h1>' > index.html] [say There is oolong now.]")
    await page.getByTestId('task-prompt').press('Control+Enter')
    await page.waitForURL(/\/tasks\/[0-9A-Z]{26}$/)
    await status('succeeded', AGENT_LIMIT_MS)
    await preview('Oolong')
    await log().getByText('There is oolong now.').waitFor()
    const tool = log().getByRole('button', { name: /Bash/ })
    await tool.click()
    await log().getByText('Input').waitFor()
    await expectAccessible(page)
    await page.getByLabel('Go on from here').fill('write more.txt: and more')
    await page.getByLabel('Go on from here').press('Control+Enter')
    await page.getByText('continues').waitFor()
    await status('succeeded', AGENT_LIMIT_MS)
    await page.getByLabel('Files changed').getByText('more.txt').waitFor()
  })

  test('a log of a hundred thousand entries is read as any other', async () => {
    await runTask('true')
    await status('succeeded')
    const pieces = Array.from({ length: 100_000 }, (_, n) => {
      const data = { seq: n + 1, type: 'message', data: { text: `line ${n + 1}.` }, created_at: '' }
      return `id: ${n + 1}\ndata: ${JSON.stringify({ ...data, created_at: '2026-01-01T00:00:00Z' })}\n\n`
    })
    const done = {
      seq: 100_001,
      type: 'done',
      data: { status: 'succeeded' },
      created_at: '2026-01-01T00:00:00Z',
    }
    const body = `${pieces.join('')}id: 100001\ndata: ${JSON.stringify(done)}\n\n`
    await page.route('**/tasks/*/events', route =>
      route.fulfill({ status: 200, contentType: 'text/event-stream', body }),
    )
    await page.reload()
    await log().getByText('line 100000.').waitFor()
    const shown = () => log().getByRole('listitem').count()
    expect(await shown()).toBeLessThan(100)
    await log().hover()
    await page.mouse.wheel(0, -2_000)
    const toEnd = page.getByRole('button', { name: 'To the end' })
    await toEnd.waitFor()
    await log().evaluate(element => element.scrollTo(0, 0))
    await log().getByText('line 1.', { exact: true }).waitFor()
    expect(await shown()).toBeLessThan(100)
    await toEnd.click()
    await log().getByText('line 100000.').waitFor()
    await toEnd.waitFor({ state: 'detached' })
    await page.unroute('**/tasks/*/events')
  })

  test('the reader who has scrolled up stays there', async () => {
    await runTask('seq -f "first %g." 200; while :; do date +%N; sleep 0.1; done')
    await log().getByText('first 200.').waitFor()
    await log().hover()
    await page.mouse.wheel(0, -1_500)
    await page.getByRole('button', { name: 'To the end' }).waitFor()
    const top = () => log().evaluate(element => element.scrollTop)
    const height = () => log().evaluate(element => element.scrollHeight)
    const [at, high] = [await top(), await height()]
    await expect.poll(height, { timeout: 10_000 }).toBeGreaterThan(high)
    expect(await top()).toBe(at)
    await page.getByRole('button', { name: 'To the end' }).click()
    await expect.poll(top).toBeGreaterThan(at)
    await page.getByTestId('cancel-task').click()
    await status('cancelled')
  })

  test('of two answers the better one is adopted', { timeout: AGENT_LIMIT_MS }, async () => {
    await open('/tasks')
    await page.getByLabel('Variants').selectOption('2')
    await page.getByRole('button', { name: 'Explore 2 variants' }).waitFor()
    await runLine('sleep 1; tee index.html < /proc/sys/kernel/random/uuid', 'A name for the shop')
    await page.waitForURL(/\/tasks\/explore\//)
    const variant = (number: number) => page.getByRole('article', { name: `Variant ${number}` })
    await variant(2).waitFor({ timeout: 40_000 })
    await page.reload()
    await status('succeeded', 60_000)
    await page.getByText('2 of 2 succeeded').first().waitFor()
    const shown = (number: number) =>
      variant(number)
        .frameLocator('iframe')
        .locator('body')
        .filter({ hasText: /\w+-\w+/ })
    const [one, other] = [await shown(1).textContent(), await shown(2).textContent()]
    expect(one).not.toBe(other)
    await variant(2).getByText('1 file changed').waitFor()
    await expectAccessible(page)
    await page.setViewportSize({ width: 360, height: 800 })
    await expectFits(page)
    await page.setViewportSize({ width: 1280, height: 900 })
    await variant(2).getByRole('button', { name: 'Adopt' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('The other variant, with sandboxes and snapshots').waitFor()
    await expectAccessible(page)
    await page.getByTestId('confirm').click()
    await page.getByText('Variant 1 was deleted').waitFor({ timeout: 40_000 })
    await open('')
    await preview(String(other).trim())
  })

  test('all answers are discarded', { timeout: AGENT_LIMIT_MS }, async () => {
    await open('/tasks')
    await page.getByLabel('Variants').selectOption('2')
    await runLine('true', 'Nothing much')
    await status('succeeded', 60_000)
    await page.getByRole('button', { name: 'Discard all' }).click()
    await page.getByTestId('confirm').click()
    await page.getByText('Variant 1 was deleted').waitFor({ timeout: 40_000 })
    await page.getByText('Variant 2 was deleted').waitFor({ timeout: 40_000 })
    await open('/tasks')
    await page.getByRole('link', { name: 'Nothing much' }).waitFor()
  })

  test('a task’s page fits and is accessible, narrow and dark too', async () => {
    await open('/tasks')
    await page.getByRole('link', { name: 'Break' }).first().click()
    await page.getByText('agent_error').waitFor()
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      await page.setViewportSize({ width: 360, height: 800 })
      await expectFits(page)
      await expectAccessible(page)
    }
  })

  test('nothing was asked of anybody else, and no policy was violated', () => {
    expect(faults).toEqual([])
  })
})
