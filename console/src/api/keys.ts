/** Query keys: what is asked, then of what. Invalidating a prefix asks all of it again. */
import type { EventFilter, OperationFilter } from './filters'

type Key = readonly unknown[]

export const keys = {
  session: ['session'],
  apps: (filter?: { q?: string; tag?: string }): Key => (filter ? ['apps', filter] : ['apps']),
  app: (id: string): Key => ['app', id],
  sandbox: (id: string): Key => ['sandbox', id],
  sandboxes: ['sandboxes'],
  snapshots: (app: string): Key => ['snapshots', app],
  operations: (filter?: OperationFilter): Key => (filter ? ['operations', filter] : ['operations']),
  operation: (id: string): Key => ['operation', id],
  events: (filter?: EventFilter): Key => (filter ? ['events', filter] : ['events']),
  config: (app: string): Key => ['config', app],
  workers: ['workers'],
  queues: ['queues'],
  quotas: ['quotas'],
  webhooks: ['webhooks'],
  deliveries: (webhook: string): Key => ['deliveries', webhook],
  /** The console's own links; asking for one makes one. */
  ownLinks: (sandbox: string): Key => ['own-links', sandbox],
  previewTokens: (sandbox: string): Key => ['preview-tokens', sandbox],
  files: (sandbox: string, path?: string): Key =>
    path === undefined ? ['files', sandbox] : ['files', sandbox, path],
  tasks: (app: string): Key => ['tasks', app],
  opened: (sandbox: string, path: string): Key => ['opened', sandbox, path],
  diff: (after: string, before: string, all: boolean): Key => ['diff', after, before, all],
  contents: (snapshot: string, path: string): Key => ['contents', snapshot, path],
  task: (id: string): Key => ['task', id],
  agents: (app: string): Key => ['agents', app],
  changes: (before: string, after: string): Key => ['changes', before, after],
  checkpoint: (id: string): Key => ['checkpoint', id],
}
