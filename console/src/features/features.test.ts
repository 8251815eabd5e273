import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const RANKS = ['api', 'ui', 'features', 'routes']

/** What a file under src imports of ours, as folder and, for a feature, its name. */
function imports(file: string): string[] {
  const text = readFileSync(join('src', file), 'utf8')
  return [...text.matchAll(/from '~\/([^']+)'/g)].map(match => match[1] ?? '')
}

const files = readdirSync('src', { recursive: true })
  .map(String)
  .filter(file => /\.tsx?$/.test(file) && file.includes('/'))

test('imports go one way, and features never import each other', () => {
  const wrong = files.flatMap(file => {
    const [layer = '', feature] = file.split('/')
    return imports(file)
      .filter(path => {
        const [other = '', name] = path.split('/')
        const upwards = RANKS.indexOf(other) > RANKS.indexOf(layer)
        return upwards || (layer === 'features' && other === 'features' && name !== feature)
      })
      .map(path => `${file} imports ${path}`)
  })
  expect(files.length).toBeGreaterThan(50)
  expect(wrong).toEqual([])
})
