import { expect, test } from 'vitest'

import type { Snapshot } from '~/api/types'
import { toTree } from './tree'

function snapshot(id: string, parent: string | null = null): Snapshot {
  return {
    id,
    name: id,
    status: 'ready',
    kind: 'manual',
    source_sandbox_id: 'S',
    source_app_id: 'A',
    parent_snapshot_id: parent,
    base_image: 'i',
    size_bytes: 1,
    unique_bytes: 1,
    task_id: null,
    created_at: '2026-01-01T00:00:00.000Z',
  }
}

const rows = (all: Snapshot[]) => toTree(all).map(row => [row.snapshot.id, row.depth])

test('a line stays at one depth', () => {
  expect(rows([snapshot('3', '2'), snapshot('2', '1'), snapshot('1')])).toEqual([
    ['1', 0],
    ['2', 0],
    ['3', 0],
  ])
})

test('branches go deeper, newest first', () => {
  const all = [snapshot('4', '1'), snapshot('3', '2'), snapshot('2', '1'), snapshot('1')]
  expect(rows(all)).toEqual([
    ['1', 0],
    ['4', 1],
    ['2', 1],
    ['3', 1],
  ])
})

test('one whose parent is gone or elsewhere begins a tree', () => {
  expect(rows([snapshot('2', 'gone'), snapshot('1')])).toEqual([
    ['2', 0],
    ['1', 0],
  ])
})
