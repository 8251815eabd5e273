/** Whom a config entry reaches, in words. */
import type { AccessPolicy } from '~/api/types'

export const POLICIES: readonly (readonly [AccessPolicy, string])[] = [
  ['runtime_access', 'The dev server'],
  ['agent_access', 'Coding agents'],
  ['both', 'Dev server and agents'],
  ['control_plane_only', 'Nobody in the sandbox'],
]

export function policyName(policy: AccessPolicy): string {
  return POLICIES.find(([one]) => one === policy)?.[1] ?? policy
}
