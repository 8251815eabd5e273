/** An app's config. */
import { queryOptions } from '@tanstack/react-query'

import { api, take } from './client'
import { keys } from './keys'
import type { AccessPolicy } from './types'

export const configQuery = (id: string) =>
  queryOptions({
    queryKey: keys.config(id),
    queryFn: ({ signal }) =>
      take(api.GET('/v1/apps/{id}/config', { params: { path: { id } }, signal })),
  })

export interface NewEntry {
  key: string
  value: string
  sensitive: boolean
  access_policy: AccessPolicy
}

export const createEntry = (id: string, body: NewEntry) =>
  take(api.POST('/v1/apps/{id}/config', { params: { path: { id } }, body }))

export const updateEntry = (id: string, key: string, body: Partial<Omit<NewEntry, 'key'>>) =>
  take(api.PATCH('/v1/apps/{id}/config/{key}', { params: { path: { id, key } }, body }))

export const deleteEntry = (id: string, key: string) =>
  take(api.DELETE('/v1/apps/{id}/config/{key}', { params: { path: { id, key } } }))
