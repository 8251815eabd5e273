/** What the documents show is what is tested. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')

test.each([
  ['ts', 'server.ts'],
  ['html', 'index.html'],
])('the tutorial shows the example as it is: %s', (language, file) => {
  const blocks = read('docs/tutorial.md').matchAll(/^```(\w+)\n(.*?)^```$/gms)
  const shown = [...blocks].filter(([, of]) => of === language).map(([, , code]) => code)
  expect(shown).toEqual([read(`examples/app-builder/${file}`)])
})

test('the server has fifty lines', () => {
  expect(read('examples/app-builder/server.ts').trimEnd().split('\n').length).toBeLessThanOrEqual(
    50,
  )
})
