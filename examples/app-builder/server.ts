/** An app builder: prompts make an app and change it, and every change can be undone. */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { type Agent, Sandboxd } from '@sandboxd/client'

type Order = { prompt: string; sandbox?: { id: string; app_id: string }; checkpoint?: string }
const { SANDBOXD_URL, SANDBOXD_TOKEN, AGENT = 'opencode', PORT = '3000' } = process.env
const sandboxd = new Sandboxd({ url: SANDBOXD_URL, token: SANDBOXD_TOKEN })

async function create(prompt: string) {
  const app = await sandboxd.POST('/v1/apps', { body: { name: prompt.slice(0, 60) } })
  const params = { path: { id: app.id } }
  for (const key of ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL'].filter(key => process.env[key])) {
    const entry = { key, value: process.env[key] ?? '', access_policy: 'agent_access' as const }
    await sandboxd.POST('/v1/apps/{id}/config', { params, body: { ...entry, sensitive: true } })
  }
  const body = { template: 'react-standard' as const }
  return sandboxd.wait(sandboxd.POST('/v1/apps/{id}/sandbox', { params, body }))
}

async function* build({ prompt, sandbox: old }: Order) {
  const { sandbox = old } = old ? {} : await create(prompt)
  if (!sandbox) throw new Error('there is no sandbox')
  yield { sandbox }
  const path = { id: sandbox.id }
  const body = { prompt, agent: AGENT as Agent }
  const task = await sandboxd.POST('/v1/sandboxes/{id}/tasks', { params: { path }, body })
  const params = { path: { ...path, task_id: task.task_id ?? '' } }
  yield* sandboxd.stream('/v1/sandboxes/{id}/tasks/{task_id}/events', { params })
  yield await sandboxd.wait(task)
}

async function* undo({ sandbox, checkpoint = '' }: Order) {
  const params = { path: { id: sandbox?.app_id ?? '' } }
  const body = { snapshot_id: checkpoint }
  yield await sandboxd.wait(sandboxd.POST('/v1/apps/{id}/restore', { params, body }))
}

createServer(async (request, response) => {
  if (request.method !== 'POST') return response.end(readFileSync('index.html'))
  try {
    const order = (await json(request)) as Order
    const news = request.url === '/undo' ? undo(order) : build(order)
    for await (const one of news) response.write(`${JSON.stringify(one)}\n`)
  } catch (error) {
    response.write(`${JSON.stringify({ error: String(error) })}\n`)
  }
  response.end()
}).listen(Number(PORT), '127.0.0.1')
