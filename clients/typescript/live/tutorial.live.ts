/** The app builder of docs/tutorial.md by clicks, with a coding agent and a fake model. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

import { Stack } from './stack.js'

const FOLDER = '../../examples/app-builder'
const AGENT_LIMIT_MS = 120_000
const SAID_MS = 50_000
const SHOWN_MS = 40_000

const LONG = { timeout: SHOWN_MS }

let stack: Stack
let builder: ChildProcess
let browser: Browser
let page: Page
const faults: string[] = []

beforeAll(async () => {
  const port = await freePort()
  // Who else may show previews in a frame.
  stack = await Stack.start({ SANDBOXD_CONSOLE_ORIGIN: `http://localhost:${port}` })
  builder = spawn('node_modules/.bin/tsx', ['server.ts'], {
    cwd: FOLDER,
    env: {
      ...process.env,
      SANDBOXD_URL: stack.place.url,
      SANDBOXD_TOKEN: stack.place.token,
      ANTHROPIC_API_KEY: 'sk-none',
      ANTHROPIC_BASE_URL: stack.place.model,
      AGENT: 'claude-code',
      PORT: String(port),
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  page = await browser.newPage()
  page.setDefaultTimeout(SHOWN_MS)
  page.on('pageerror', error => faults.push(error.message))
  await vi.waitFor(() => page.goto(`http://localhost:${port}`), LONG)
})

afterAll(async () => {
  await browser?.close()
  builder?.kill()
  await stack?.end()
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  return port
}

const button = (name: string) => page.getByRole('button', { name })
const shown = (text: string) =>
  expect.poll(() => page.frameLocator('iframe').locator('body').textContent(), LONG).toContain(text)
const said = (text: string) =>
  expect.poll(() => page.getByRole('log').textContent(), { timeout: SAID_MS }).toContain(text)

/** The agent is told what to write by what its model, a fake one, makes of the prompt. */
async function build(text: string): Promise<void> {
  const code = `export const App = () => <h1>${text}</h1>`
  await page
    .getByLabel('What shall it be?')
    .fill(`[run echo '${code}' > src/App.tsx] [say There is ${text} now.]`)
  await button('Build').click()
  await said(`There is ${text} now.`)
  await shown(text)
}

test('a prompt becomes an app, and another changes it', { timeout: AGENT_LIMIT_MS }, async () => {
  expect(await button('Undo').isDisabled()).toBe(true)
  await build('green tea')
  await build('spilt tea')
})

test('a change is undone, and then the first one', { timeout: AGENT_LIMIT_MS }, async () => {
  await button('Undo').click()
  await shown('green tea')
  await button('Undo').click()
  await shown('It runs')
  await expect.poll(() => button('Undo').isDisabled(), LONG).toBe(true)
  await expect.poll(() => button('Build').isDisabled(), LONG).toBe(false)
  expect(faults).toEqual([])
})
