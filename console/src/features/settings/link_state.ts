/** Whether a link to a private preview opens it. */
import type { PreviewToken } from '~/api/types'

export type LinkState = 'open' | 'expired' | 'revoked'

export function stateOf(link: PreviewToken, now: number): LinkState {
  if (link.revoked_at !== null) return 'revoked'
  return Date.parse(link.expires_at) <= now ? 'expired' : 'open'
}
