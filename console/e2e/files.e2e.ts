/** Files, the terminal, the log and comparisons, over a real engine. */
import { readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { expectAccessible, expectFits, openBrowser, openPage, signIn } from './browser'
import { Stack } from './stack'

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
})

afterAll(async () => {
  await browser?.close()
  await stack?.end()
})

const status = (text: string) => page.getByTestId('status').filter({ hasText: text }).waitFor()
const tab = (name: string) =>
  page.getByRole('navigation', { name: 'Parts of the app' }).getByRole('link', { name }).click()
const tree = () => page.getByTestId('file-tree')
const code = () => page.getByTestId('editor').getByRole('textbox')
const note = (text: string) => page.getByText(text, { exact: true }).first().waitFor()

const at = (path: string): string =>
  `${stack.place.url}/v1/sandboxes/${sandbox}/files/content?path=${encodeURIComponent(path)}`
const headers = (): HeadersInit => ({ Authorization: `Bearer ${stack.place.token}` })

/** Past the console. */
async function write(path: string, body: BodyInit): Promise<void> {
  const answer = await fetch(at(path), { method: 'PUT', headers: headers(), body })
  if (!answer.ok) throw new Error(await answer.text())
}

async function read(path: string): Promise<string> {
  return (await fetch(at(path), { headers: headers() })).text()
}

/** Replaces all that the editor has. */
async function type(text: string): Promise<void> {
  await code().click()
  await page.keyboard.press('ControlOrMeta+a')
  await page.keyboard.insertText(text)
  await note('Not saved')
}

async function saveFile(): Promise<void> {
  await page.keyboard.press('ControlOrMeta+s')
  await note('Saved')
}

/** Whether somebody sees it, in what it scrolls in. */
function isShown(element: Element): boolean {
  const [own, frame] = [element, element.closest('[role=log]')].map(one =>
    one?.getBoundingClientRect(),
  )
  return (
    own !== undefined && frame !== undefined && own.top > frame.top && own.bottom < frame.bottom
  )
}

describe('files', () => {
  test('a file that is edited changes the preview', async () => {
    await tab('Files')
    await tree().getByText('index.html').click()
    await code().waitFor()
    expect(page.url()).toContain('path=index.html')
    await expectAccessible(page)
    await type('<!doctype html><title>t</title><h1>Oolong</h1>')
    await saveFile()
    expect(await read('index.html')).toContain('Oolong')
    await tab('Overview')
    const preview = page.frameLocator('iframe[data-testid=preview]').locator('body')
    await preview.getByText('Oolong').waitFor()
  })

  test('line ends and characters stay as they are', async () => {
    await write('win.txt', 'one\r\ntwo ä\r\n')
    await page.goto(`${stack.place.url}/apps/${app}/files?path=win.txt`)
    await code().click()
    await page.keyboard.press('Control+End')
    await page.keyboard.insertText('three')
    await saveFile()
    expect(await read('win.txt')).toBe('one\r\ntwo ä\r\nthree')
  })

  test('what somebody else has written is not overwritten unawares', async () => {
    await type('mine')
    await write('win.txt', 'theirs')
    await page.keyboard.press('ControlOrMeta+s')
    await page.getByRole('dialog').getByText('changed meanwhile').waitFor()
    expect(await read('win.txt')).toBe('theirs')
    await expectAccessible(page)
    await page.getByTestId('overwrite').click()
    await note('Saved')
    expect(await read('win.txt')).toBe('mine')
    await type('mine again')
    await write('win.txt', 'theirs again')
    await page.keyboard.press('ControlOrMeta+s')
    await page.getByRole('button', { name: 'Load theirs' }).click()
    await code().getByText('theirs again').waitFor()
  })

  test('what was typed is not lost by a wrong click', async () => {
    await type('unsaved')
    await tab('Logs')
    await page.getByRole('dialog').getByText('is lost').waitFor()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await code().getByText('unsaved').waitFor()
    await tab('Logs')
    await page.getByTestId('confirm').click()
    await page.getByRole('heading', { name: 'Log of the dev server' }).waitFor()
    expect(await read('win.txt')).toBe('theirs again')
  })

  test('binary and large files are downloaded, not opened', async () => {
    await write('tea.bin', new Uint8Array([0, 1, 2, 255]))
    await write('large.txt', 'x'.repeat((1 << 20) + 1))
    await page.goto(`${stack.place.url}/apps/${app}/files?path=tea.bin`)
    await page.getByText('It isn’t text').waitFor()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download' }).click(),
    ])
    expect(download.suggestedFilename()).toBe('tea.bin')
    expect([...readFileSync(await download.path())]).toEqual([0, 1, 2, 255])
    await tree().getByText('large.txt').click()
    await page.getByText('It is too large to be edited here').waitFor()
    await expectAccessible(page)
  })

  test('made, found in its folder, deleted, while the sandbox sleeps too', async () => {
    await page.getByTestId('stop').click()
    await status('stopped')
    await page.getByRole('button', { name: 'New file', exact: true }).click()
    await page.getByLabel('Path').fill('../out.txt')
    await page.getByTestId('confirm').click()
    await page.getByText('It has an empty name, or a dot').waitFor()
    await page.getByLabel('Path').fill('menu/green/sencha.md')
    await page.getByTestId('confirm').click()
    await code().waitFor()
    await type('# Sencha')
    await saveFile()
    expect(await read('menu/green/sencha.md')).toBe('# Sencha')
    await page.reload()
    await tree().getByText('sencha.md').waitFor()
    await page.getByRole('button', { name: 'Delete the file' }).click()
    await page.getByTestId('confirm').click()
    await page.getByText('There is no such file').waitFor()
    await page.getByRole('button', { name: 'More on menu', exact: true }).click()
    await page.getByRole('menuitem', { name: 'Delete folder' }).click()
    await page.getByTestId('confirm').click()
    await expect.poll(() => tree().getByText('menu', { exact: true }).count()).toBe(0)
    await page.getByRole('button', { name: 'Upload files' }).click()
    await page.getByLabel('Files to upload').setInputFiles([
      {
        name: 'teapot.bin',
        mimeType: 'application/octet-stream',
        buffer: Buffer.from([0, 255, 7]),
      },
      { name: 'index.html', mimeType: 'text/html', buffer: Buffer.from('<h1>Uploaded</h1>') },
    ])
    await page.getByText('“index.html” is there already and is replaced.').waitFor()
    await expectAccessible(page)
    await page.getByTestId('confirm').click()
    await tree().getByText('teapot.bin').waitFor()
    expect(await read('index.html')).toBe('<h1>Uploaded</h1>')
    const [zip] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Export as zip' }).click(),
    ])
    expect(zip.suggestedFilename()).toBe('Tea-shop.zip')
    expect(
      readFileSync(await zip.path())
        .subarray(0, 2)
        .toString(),
    ).toBe('PK')
  })

  test('the tree goes by keyboard', async () => {
    const first = tree().getByRole('button').first()
    await first.focus()
    await page.keyboard.press('ArrowDown')
    expect(await first.evaluate(one => one === document.activeElement)).toBe(false)
    await page.keyboard.press('ArrowUp')
    expect(await first.evaluate(one => one === document.activeElement)).toBe(true)
  })
})

describe('terminal and log', () => {
  const screen = () => page.getByTestId('terminal')

  test('a terminal offers to start what sleeps, then types a command', async () => {
    await tab('Terminal')
    await page.getByRole('button', { name: 'Start it' }).click()
    await page.getByTestId('terminal-status').getByText('Connected').waitFor()
    await screen().click()
    await page.keyboard.type('echo $((40+2))-typed; stty size\n')
    await screen().getByText('42-typed').first().waitFor()
    await expectAccessible(page)
  })

  test('it has the size of the page, also after a change of it', async () => {
    const size = async (): Promise<string> => {
      const mark = `m${Date.now()}`
      await page.keyboard.type(`echo ${mark}:$(stty size | tr ' ' x):end\n`)
      const line = screen()
        .getByText(new RegExp(`${mark}:\\d+x\\d+:end`))
        .first()
      return ((await line.textContent()) ?? '').match(/:(\d+x\d+):/)?.[1] ?? ''
    }
    const before = await size()
    await page.setViewportSize({ width: 800, height: 700 })
    await expect.poll(size, { interval: 500, timeout: 10_000 }).not.toBe(before)
    await page.setViewportSize({ width: 1280, height: 900 })
  })

  test('colours of programs violate no policy', async () => {
    await page.keyboard.type(
      'printf "\\033[38;2;250;120;10mtrue\\033[0m-\\033[48;5;30mback\\033[0m-\\033[4:3mcurly\\033[0m\\n"\n',
    )
    await screen().getByText('true-back-curly').last().waitFor()
    expect(faults).toEqual([])
  })

  test('a shell that ends, and a connection that breaks, are told and can be had anew', async () => {
    await page.keyboard.type('exit 3\n')
    await page.getByTestId('terminal-status').getByText('The shell has ended (3)').waitFor()
    await page.getByRole('button', { name: 'New shell' }).click()
    await page.getByTestId('terminal-status').getByText('Connected').waitFor()
    await stack.tell('stop-api')
    await page.getByTestId('terminal-status').getByText('The connection was lost').waitFor()
    await stack.tell('start-api')
    await page.getByTestId('liveness').getByText('Live').waitFor()
    await page.getByRole('button', { name: 'Connect again' }).click()
    await page.getByTestId('terminal-status').getByText('Connected').waitFor()
  })

  test('the log follows, stops when somebody scrolls, is searched and copied', async () => {
    await write('sandbox.yaml', 'command: sh log.sh\n')
    const count = 'i=$((i+1)); echo "tea-$i"'
    await write(
      'log.sh',
      `i=0; while [ $i -lt 300 ]; do ${count}; done
(while :; do ${count}; sleep 0.2; done) & exec python3 /opt/sandboxd/serve_static.py\n`,
    )
    await tab('Logs')
    await page.getByTestId('stop').click()
    await page.getByText('Its log is there while it runs').waitFor()
    await page.getByTestId('start').click()
    const log = page.getByRole('log')
    await log.getByText('tea-310').waitFor()
    await page.getByTestId('log-state').getByText('Following').waitFor()
    const below = () => log.evaluate(one => one.scrollHeight - one.scrollTop - one.clientHeight)
    expect(await below()).toBeLessThan(30)

    await log.evaluate(one => one.scrollTo(0, 0))
    await page.getByTestId('log-state').getByText('Paused').waitFor()
    const lines = await log.locator('> div').count()
    await expect.poll(() => log.locator('> div').count()).toBeGreaterThan(lines)
    expect(await log.evaluate(one => one.scrollTop)).toBe(0)

    await page.getByLabel('Search the log').fill('TEA-150')
    await page.getByText('1 of 1', { exact: true }).waitFor()
    await expect.poll(() => log.locator('mark').evaluate(isShown)).toBe(true)
    await page.getByLabel('Search the log').fill('no such tea')
    await page.getByText('None', { exact: true }).waitFor()
    await page.getByLabel('Search the log').fill('')
    await page.getByRole('button', { name: 'Follow' }).click()
    await expect.poll(below).toBeLessThan(30)

    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy the log' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('tea-299\n')
    await expectAccessible(page)
  })
})

describe('comparisons', () => {
  test('two snapshots show what was added, changed and removed, line by line', async () => {
    const capture = (name: string) =>
      stack.call('POST', '/v1/snapshots', { source_sandbox_id: sandbox, name, live: true })
    await write('gone.txt', 'gone')
    await write('kept.txt', 'one\ntwo\nthree\n')
    await capture('Before')
    await write('kept.txt', 'one\n2\nthree\n')
    await write('new.bin', new Uint8Array([0, 1]))
    await fetch(at('gone.txt').replace('/content', ''), { method: 'DELETE', headers: headers() })
    await capture('After')
    await tab('Snapshots')
    for (const name of ['Before', 'After']) await page.getByLabel(`Compare ${name}`).check()
    await page.getByRole('link', { name: 'Compare the two' }).click()
    const found = page.getByTestId('differences')
    await found.getByText('1 added').waitFor()
    await found.getByText('1 changed').waitFor()
    await found.getByText('1 removed').waitFor()
    await found.getByRole('button', { name: 'kept.txt' }).click()
    await found.locator('.cm-deletedChunk').getByText('two').waitFor()
    await found.locator('.cm-changedLine').getByText('2', { exact: true }).waitFor()
    await found.getByRole('button', { name: 'new.bin' }).click()
    await found.getByText('It isn’t text.').waitFor()
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Swap them' }).click()
    await found.getByRole('button', { name: 'gone.txt' }).getByText('added').waitFor()
  })

  test('an event of the timeline leads to what has changed since', async () => {
    await tab('Timeline')
    const row = page.getByTestId('event-snapshot.captured').first()
    await row.getByRole('link', { name: 'Compare' }).click()
    await page.getByLabel('To').waitFor()
    expect(page.url()).toContain('/snapshots/compare?')
  })
})

describe('links to a private preview', () => {
  test('one is made, listed and revoked, and opens nothing any more', async () => {
    await stack.call('PATCH', `/v1/sandboxes/${sandbox}`, { visibility: 'private' })
    await tab('Overview')
    // No event tells of settings that somebody else has changed.
    await page.reload()
    await page.getByRole('button', { name: 'Share by a link' }).click()
    await page.getByRole('button', { name: 'Make the link' }).click()
    const url = await page.getByLabel('Link', { exact: true }).inputValue()
    await page.keyboard.press('Escape')
    const visit = await openPage(browser, stack.place.url)
    expect((await visit.page.goto(url))?.status()).toBe(200)
    await tab('Settings')
    const links = page.getByTestId('preview-links')
    await links.getByText('opens the preview').first().waitFor()
    await expectAccessible(page)
    const before = await links.getByRole('button', { name: 'Revoke' }).count()
    await links.getByRole('button', { name: 'Revoke' }).first().click()
    await page.getByTestId('confirm').click()
    await links.getByText('revoked').waitFor()
    expect(await links.getByRole('button', { name: 'Revoke' }).count()).toBe(before - 1)
    await expect.poll(async () => (await visit.page.reload())?.status()).not.toBe(200)
    await visit.page.context().close()
  })
})

test('the new pages fit a narrow window, light and dark', async () => {
  const pages = [
    'files',
    'files?path=index.html',
    'terminal',
    'logs',
    'snapshots/compare',
    'settings',
  ]
  await page.setViewportSize({ width: 360, height: 780 })
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const path of pages) {
      await page.goto(`${stack.place.url}/apps/${app}/${path}`)
      await page.getByRole('heading', { level: 2 }).first().waitFor()
      await expect.poll(() => page.getByLabel('Loading').count()).toBe(0)
      await expectFits(page)
      await expectAccessible(page)
    }
  }
})

test('nothing was asked of anybody else, and no policy was violated', () => {
  expect(faults).toEqual([])
})
