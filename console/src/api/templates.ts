/** The templates that a sandbox can begin with. */
import type { Template } from './types'

export const TEMPLATES: readonly (readonly [Template, string])[] = [
  ['react-standard', 'React with Vite'],
  ['node-express', 'Node with Express'],
  ['static', 'Static pages'],
  ['python', 'Python'],
  ['blank', 'Blank'],
]

export function templateName(template: Template | null): string {
  return TEMPLATES.find(([one]) => one === template)?.[1] ?? 'No template'
}
