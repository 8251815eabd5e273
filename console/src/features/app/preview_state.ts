/** A preview's state in words. */
import type { Tone } from '~/api/status'
import type { Sandbox } from '~/api/types'

export function previewState({ preview }: Sandbox): { tone: Tone; text: string } {
  const { status, last_http_status: http } = preview
  switch (status) {
    case 'ready':
      return { tone: 'good', text: 'answers' }
    case 'starting':
      return { tone: 'busy', text: 'starting' }
    case 'error':
      return { tone: 'bad', text: http === null ? 'doesn’t answer' : `answers with ${http}` }
    case 'down':
      return { tone: 'quiet', text: 'down' }
  }
}
