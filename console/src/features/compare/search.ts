/** Which two snapshots are compared, as an address says it. */

export interface CompareSearch {
  from?: string
  to?: string
  /** Also what is in folders named `.git` and `node_modules`, or that the app's `.gitignore` names. */
  all?: true
}

const ID = /^[0-9A-HJKMNP-TV-Z]{26}$/

export function toCompareSearch(search: Record<string, unknown>): CompareSearch {
  const from = toId(search.from)
  const to = toId(search.to)
  return {
    ...(from ? { from } : {}),
    ...(to ? { to } : {}),
    ...(search.all === true ? { all: true } : {}),
  }
}

function toId(value: unknown): string | undefined {
  const id = typeof value === 'string' ? value.toUpperCase() : ''
  return ID.test(id) ? id : undefined
}
