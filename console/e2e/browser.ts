/** Debian's Chromium, and what is held against every page: no violation of the policy, no other origin. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type Browser, chromium, type Page } from 'playwright-core'
import { expect } from 'vitest'

const WAIT_MS = 20_000
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}

export interface Watched {
  page: Page
  /** What no page may do. */
  faults: string[]
}

/** A page in a session of its own. */
export async function openPage(browser: Browser, url: string): Promise<Watched> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
  context.setDefaultTimeout(WAIT_MS)
  return watch(await context.newPage(), url)
}

export function watch(page: Page, url: string): Watched {
  const faults: string[] = []
  page.on('pageerror', error => faults.push(`threw: ${error.message}`))
  page.on('console', message => {
    const { url, lineNumber, columnNumber } = message.location()
    if (message.text().includes('Content Security Policy')) {
      faults.push(`${message.text()} (at ${url}:${lineNumber}:${columnNumber} on ${page.url()})`)
    }
  })
  const own = new URL(url).host
  page.on('request', request => {
    const { host, hostname, protocol } = new URL(request.url())
    const isFrame = hostname.includes('.preview.localhost')
    if (protocol.startsWith('http') && host !== own && !isFrame)
      faults.push(`asked ${request.url()}`)
  })
  return { page, faults }
}

export async function signIn(page: Page, url: string, token: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Token').fill(token)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByTestId('liveness').waitFor()
}

/** Axe finds nothing on the page as it is (WCAG 2.2 A and AA). */
export async function expectAccessible(page: Page): Promise<void> {
  await settled(page)
  // As an expression, which the page's policy says nothing of.
  await page.evaluate(axe)
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: Axe }
    const result = await axe.run(
      { exclude: [['iframe']] },
      { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], iframes: false },
    )
    return result.violations.map(
      ({ id, nodes }) => `${id}: ${nodes.map(node => node.html.slice(0, 160)).join(' | ')}`,
    )
  })
  expect(found, page.url()).toEqual([])
}

/** Waits until colours are what they will be: they are in between after a change of the theme. */
export async function settled(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const passing = document
      .getAnimations()
      .filter(one => one.effect?.getComputedTiming().iterations !== Number.POSITIVE_INFINITY)
    await Promise.allSettled(passing.map(one => one.finished))
  })
}

interface Axe {
  run: (
    what: unknown,
    how: unknown,
  ) => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }>
}

/** Nothing has to be scrolled sideways. */
export async function expectFits(page: Page): Promise<void> {
  const [wide, window] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    globalThis.innerWidth,
  ])
  expect(wide, page.url()).toBeLessThanOrEqual(window ?? 0)
}
