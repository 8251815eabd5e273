/** The requests that start an operation. */
import { api, take } from './client'
import type { Agent, Operation, Template } from './types'

/** A 202 is the operation; nothing here asks with `Prefer`, so it is never anything else. */
function accepted(answer: Promise<{ data?: unknown; error?: unknown; response: Response }>) {
  return take(answer) as Promise<Operation>
}

export interface NewSandbox {
  template?: Template
  visibility?: 'public' | 'private'
}

export const createSandbox = (id: string, body: NewSandbox) =>
  accepted(api.POST('/v1/apps/{id}/sandbox', { params: { path: { id } }, body }))

export const startSandbox = (id: string) =>
  accepted(api.POST('/v1/sandboxes/{id}/start', { params: { path: { id } } }))

export const stopSandbox = (id: string) =>
  accepted(api.POST('/v1/sandboxes/{id}/stop', { params: { path: { id } } }))

export const deleteSandbox = (id: string) =>
  accepted(api.DELETE('/v1/sandboxes/{id}', { params: { path: { id } } }))

export const deleteApp = (id: string, snapshots: 'keep' | 'delete') =>
  accepted(api.DELETE('/v1/apps/{id}', { params: { path: { id }, query: { snapshots } } }))

export const captureSnapshot = (sandbox: string, name: string, live: boolean) =>
  accepted(api.POST('/v1/snapshots', { body: { source_sandbox_id: sandbox, name, live } }))

export const restoreApp = (id: string, snapshot: string, safety: boolean) =>
  accepted(
    api.POST('/v1/apps/{id}/restore', {
      params: { path: { id } },
      body: { snapshot_id: snapshot, safety_snapshot: safety },
    }),
  )

export interface Fork {
  snapshot_id: string
  name?: string
  count: number
  copy_config: boolean
  git: 'reset' | 'keep'
}

export const forkApp = (id: string, body: Fork) =>
  accepted(api.POST('/v1/apps/{id}/fork', { params: { path: { id } }, body }))

/** What an agent is asked, in one sandbox or in several. */
export interface Asked {
  prompt: string
  agent: Agent
  model?: string
  /** For agent `command`. */
  command?: string[]
  /** A duration such as "30m". */
  timeout?: string
}

export const runTask = (sandbox: string, body: Asked & { continue_task_id?: string }) =>
  accepted(api.POST('/v1/sandboxes/{id}/tasks', { params: { path: { id: sandbox } }, body }))

export const cancelTask = (sandbox: string, task_id: string) =>
  accepted(
    api.POST('/v1/sandboxes/{id}/tasks/{task_id}/cancel', {
      params: { path: { id: sandbox, task_id } },
      body: {},
    }),
  )

export const exploreApp = (id: string, body: Asked & { count: number }) =>
  accepted(api.POST('/v1/apps/{id}/explore', { params: { path: { id } }, body }))

export const adoptApp = (id: string, child: string, deleteOthers: boolean) =>
  accepted(
    api.POST('/v1/apps/{id}/adopt', {
      params: { path: { id } },
      body: { from_app_id: child, delete_others: deleteOthers },
    }),
  )
