/** Operations that are held open while the page, the server, a worker or the network goes. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { openBrowser, openPage, signIn, watch } from './browser'
import { Stack } from './stack'

interface Event {
  type: string
  operation_id?: string
}

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
  ;({ app, sandbox } = await stack.makeApp('Tea shop'))
  await signIn(page, `${stack.place.url}/apps/${app}`, stack.place.token)
  await status('running')
})

afterAll(async () => {
  await browser?.close()
  await stack?.end()
})

const status = (text: string, where = page) =>
  where.getByTestId('status').filter({ hasText: text }).waitFor()
const live = (text: string, where = page) => where.getByTestId('liveness').getByText(text).waitFor()
const running = (where = page) => where.locator('[data-testid^=operation-][data-status=running]')

async function events(): Promise<Event[]> {
  const path = `/v1/events?app_id=${app}&limit=200`
  return (await stack.call<{ events: Event[] }>('GET', path)).events.reverse()
}

/** What the page shows of its timeline, oldest first. */
async function shown(where = page): Promise<string[]> {
  const rows = where.getByTestId('activity-list').locator('[data-testid^=event-]')
  const all = await rows.evaluateAll(found =>
    found.map(row => row.getAttribute('data-testid')?.slice('event-'.length) ?? ''),
  )
  return all.reverse()
}

/** The page shows the newest events, each once: nothing that was told is missing. */
async function expectComplete(where = page): Promise<void> {
  const told = (await events()).map(event => event.type).slice(-20)
  await expect.poll(async () => (await shown(where)).slice(-20)).toEqual(told)
}

/** The types of the newest operation's events. */
async function told(): Promise<string[]> {
  const all = await events()
  const last = all.findLast(event => event.operation_id !== undefined)?.operation_id
  return all.filter(event => event.operation_id === last).map(event => event.type)
}

async function stop(): Promise<void> {
  await page.getByTestId('stop').click()
  await status('stopped')
}

describe('held open', () => {
  test('a refresh in mid-operation shows it where it is', async () => {
    await stop()
    await stack.tell('arm', 'sandbox.start.create_container=stop')
    await page.getByTestId('start').click()
    await stack.tell('reached', 'sandbox.start.create_container')
    await running().waitFor()
    await page.reload()
    await status('starting')
    await running().getByText('Create container').waitFor()
    // It really waits: nothing goes on behind the page.
    expect((await told()).at(-1)).toBe('sandbox.start.started')
    await stack.tell('resume')
    await status('running')
    await expect.poll(told).toEqual(['sandbox.start.started', 'sandbox.started'])
    await expectComplete()
  })

  test('the server restarts in mid-operation, and nothing is missing afterwards', async () => {
    await stack.tell('arm', 'snapshot.capture.copy_workspace=stop')
    await page.getByTestId('snapshot').click()
    await stack.tell('reached', 'snapshot.capture.copy_workspace')
    await stack.tell('stop-api')
    await live('Reconnecting')
    await stack.tell('start-api')
    await live('Live')
    await running().getByText('Copy workspace').waitFor()
    expect((await told()).at(-1)).toBe('snapshot.capture.started')
    // And what ends while nobody can tell of it.
    await stack.tell('stop-api')
    await live('Reconnecting')
    await stack.tell('resume')
    await stack.tell('start-api')
    await live('Live')
    await expect.poll(told).toEqual(['snapshot.capture.started', 'snapshot.captured'])
    await expectComplete()
  })

  test('a worker is killed in mid-operation: another one goes on, and it is told', async () => {
    await stop()
    await stack.tell('arm', 'sandbox.start.create_container=crash')
    await page.getByTestId('start').click()
    await stack.tell('reached', 'sandbox.start.create_container')
    await status('running')
    await expect
      .poll(told)
      .toEqual(['sandbox.start.started', 'operation.rescued', 'sandbox.started'])
    await expectComplete()
  })

  test('two tabs show the same operation, and one goes on when the other is closed', async () => {
    const other = watch(await page.context().newPage(), stack.place.url)
    await other.page.goto(page.url())
    await status('running', other.page)
    await stop()
    await stack.tell('arm', 'sandbox.start.create_container=stop')
    await page.getByTestId('start').click()
    await stack.tell('reached', 'sandbox.start.create_container')
    await running().waitFor()
    await running(other.page).waitFor()
    const url = page.url()
    // The one that streams for both.
    await page.goto('about:blank')
    await stack.tell('resume')
    await status('running', other.page)
    await expectComplete(other.page)
    expect(other.faults).toEqual([])
    await other.page.close()
    await page.goto(url)
    await status('running')
  })

  test('what happens while the browser is offline shows when it is back', async () => {
    await live('Live')
    // Without the preview, whose visit would wake the sandbox.
    const tabs = page.getByRole('navigation', { name: 'Parts of the app' })
    await tabs.getByRole('link', { name: 'Snapshots' }).click()
    await page.context().setOffline(true)
    // Offline only keeps new connections from being made: the old one ends with the server.
    await stack.tell('stop-api')
    await stack.tell('start-api')
    await live('Reconnecting')
    await stack.call('POST', `/v1/sandboxes/${sandbox}/stop`)
    await stack.call('POST', '/v1/snapshots', { source_sandbox_id: sandbox, name: 'Unseen' })
    await page.context().setOffline(false)
    await live('Live')
    await status('stopped')
    await page.getByTestId('snapshots-panel').getByText('Unseen').waitFor()
    await tabs.getByRole('link', { name: 'Overview' }).click()
    await expectComplete()
  })

  test('a failure says why and what to do, and trying again helps', async () => {
    // Each attempt gets one step further.
    const steps = ['admit', 'prepare_workspace', 'create_container']
    await stack.tell('arm', steps.map(step => `sandbox.start.${step}=error`).join())
    await page.getByTestId('start').click()
    const failed = page.locator('[data-testid^=operation-][data-status=failed]').first()
    await failed.waitFor()
    await failed.getByText('internal').waitFor()
    await failed.getByText('attempt 3 of 3').waitFor()
    await failed.getByText('It may pass by itself').waitFor()
    await page.getByTestId('event-sandbox.start.failed').first().waitFor()
    expect((await told()).filter(type => type === 'operation.retried')).toHaveLength(2)
    await expectComplete()
    await failed.getByRole('button', { name: 'Try again' }).click()
    await status('running')
    await expectComplete()
  })

  test('a revoked token leads to the sign-in, and back to where one was', async () => {
    const { id, token } = stack.makeToken('alice')
    const visit = await openPage(browser, stack.place.url)
    await signIn(visit.page, page.url(), token)
    await visit.page.getByRole('heading', { name: 'Tea shop', exact: true }).waitFor()
    stack.revokeToken(id)
    await visit.page.getByText('its token was revoked').waitFor()
    expect(visit.page.url()).toBe(page.url())
    await visit.page.getByLabel('Token').fill(stack.place.token)
    await visit.page.getByRole('button', { name: 'Sign in' }).click()
    await visit.page.getByRole('heading', { name: 'Tea shop', exact: true }).waitFor()
    expect(visit.faults).toEqual([])
    await visit.page.context().close()
  })

  test('no policy was violated', () => {
    expect(faults).toEqual([])
  })
})
