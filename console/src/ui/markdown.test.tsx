import { renderToStaticMarkup } from 'react-dom/server'
import { expect, test } from 'vitest'

import Markdown from './markdown'

const html = (text: string) => renderToStaticMarkup(<Markdown text={text} />)

test('what agents write becomes what they meant', () => {
  const made = html('# Done\n\n- **one**\n- `two`\n\n| a | b |\n|---|---|\n| 1 | 2 |')
  for (const part of ['<h1>Done</h1>', '<strong>one</strong>', '<code>two</code>', '<td>2</td>']) {
    expect(made).toContain(part)
  }
})

test('nothing of it runs, or asks another host', () => {
  expect(html('<script>alert(1)</script><img src=x onerror=alert(1)>')).not.toMatch(/<(script|img)/)
  expect(html('![beacon](https://elsewhere.example/x.png)')).not.toContain('elsewhere')
  expect(html('[click](javascript:alert(1))')).not.toContain('javascript')
  const link = html('[click](https://elsewhere.example/)')
  expect(link).toContain('target="_blank" rel="noreferrer nofollow"')
})
