/** What requests and streams give, as the compiler sees it. */
import { expectTypeOf, test } from 'vitest'

import type {
  App,
  Operation,
  OperationResult,
  Sandbox,
  Sandboxd,
  TaskOutput,
  TimelineEvent,
} from './index.js'

const params = { path: { id: 'A' } }

test('types', () => {
  const ask = async (client: Sandboxd) => {
    expectTypeOf(await client.GET('/v1/apps/{id}', { params })).toEqualTypeOf<App>()
    const forking = client.POST('/v1/apps/{id}/fork', { params, body: { snapshot_id: 'S' } })
    expectTypeOf(await forking).toEqualTypeOf<Operation>()
    expectTypeOf(await client.wait(forking)).toEqualTypeOf<OperationResult>()
    const body = { project: { id: 'p', user_id: 'u' } }
    const making = client.POST('/v1/sandboxes', { body })
    expectTypeOf(await making).toEqualTypeOf<Sandbox | Operation>()
    expectTypeOf((await client.GET('/v1/events')).events).toEqualTypeOf<TimelineEvent[]>()
    expectTypeOf(await client.DELETE('/v1/snapshots/{id}', { params })).toEqualTypeOf<undefined>()
    const pieces = client.stream('/v1/sandboxes/{id}/tasks/{task_id}/events')
    expectTypeOf(pieces).toEqualTypeOf<AsyncGenerator<TaskOutput, void>>()
    // @ts-expect-error there is no stream of it
    client.stream('/v1/apps')
    // @ts-expect-error a name is missing
    await client.POST('/v1/apps', { body: {} })
  }
  expectTypeOf(ask).toBeFunction()
})
