import { expect, test } from 'vitest'

import type { AgentInfo, Task } from '~/api/types'
import { again, pickAgent, toAsked, type Wish, whyNotAsked } from './asked'

const wish: Wish = { prompt: ' Tea ', agent: 'opencode', model: '', line: '', timeout: '30m' }

function agent(name: AgentInfo['agent'], ready: boolean): AgentInfo {
  const program = name === 'command' ? null : name
  const needs = { config_any_of: [] }
  return { agent: name, name, program, needs, installed: true, ready, missing: [] }
}

test('a form asks for no more than it says', () => {
  expect(toAsked(wish)).toEqual({ prompt: 'Tea', agent: 'opencode', timeout: '30m' })
  expect(toAsked({ ...wish, model: ' m-1 ' }).model).toBe('m-1')
  expect(toAsked({ ...wish, agent: 'command', line: 'make', model: 'm-1' })).toEqual({
    prompt: 'Tea',
    agent: 'command',
    timeout: '30m',
    command: ['sh', '-c', 'make'],
  })
})

test('a task is asked for again as it was', () => {
  const task = { prompt: 'Tea', agent: 'command', model: null, command: ['ls'], timeout_ms: 1_500 }
  expect(again(task as unknown as Task)).toEqual({
    prompt: 'Tea',
    agent: 'command',
    command: ['ls'],
    timeout: '2s',
  })
  const other = { ...task, agent: 'codex', model: 'm', command: null, timeout_ms: 86_400_000 }
  expect(again(other as unknown as Task)).toMatchObject({ model: 'm', timeout: '86400s' })
})

test('what is missing is said', () => {
  const agents = [agent('opencode', false), agent('command', true)]
  expect(whyNotAsked({ ...wish, prompt: ' \n' }, agents)).toContain('Say what')
  expect(whyNotAsked(wish, agents)).toContain('opencode can’t work')
  expect(whyNotAsked({ ...wish, agent: 'command' }, agents)).toContain('command line')
  expect(whyNotAsked({ ...wish, agent: 'command', line: 'ls' }, agents)).toBeUndefined()
  expect(whyNotAsked(wish, undefined)).toBeUndefined()
})

test('who was asked last is asked again, if it can work', () => {
  const agents = [agent('opencode', false), agent('codex', true), agent('command', true)]
  expect(pickAgent(agents, 'command')).toBe('command')
  expect(pickAgent(agents, 'opencode')).toBe('codex')
  expect(pickAgent(agents, null)).toBe('codex')
  expect(pickAgent([agent('command', true)], null)).toBe('opencode')
  expect(pickAgent(undefined, 'codex')).toBe('opencode')
})
