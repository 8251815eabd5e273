/** The links to a private preview: what each opens, until when, and an end to it. */
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import { keys } from '~/api/keys'
import { linksQuery, revokeLink } from '~/api/preview_tokens'
import type { Problem } from '~/api/problem'
import type { PreviewToken, Sandbox } from '~/api/types'
import { Button } from '~/ui/button'
import { Confirm } from '~/ui/confirm'
import { useNow } from '~/ui/now'
import { Empty, Panel } from '~/ui/panel'
import { ProblemNote } from '~/ui/problem_note'
import { SkeletonRows } from '~/ui/skeleton'
import { Status } from '~/ui/status'
import { Time } from '~/ui/time'
import { type LinkState, stateOf } from './link_state'

export function PreviewLinks({ sandbox }: { sandbox: Sandbox }) {
  const list = useInfiniteQuery(linksQuery(sandbox.id))
  const links = list.data?.pages.flatMap(page => page.preview_tokens)
  return (
    <Panel title="Links to the private preview" testId="preview-links" flush>
      {links === undefined && (
        <div className="p-4">
          {list.error === null ? <SkeletonRows rows={2} /> : <ProblemNote problem={list.error} />}
        </div>
      )}
      {links?.length === 0 && (
        <Empty title="There are none">
          A link is made beside the preview, for who may see it while it is private. The console
          makes one for itself, too.
        </Empty>
      )}
      <ul className="divide-y divide-line">
        {links?.map(link => (
          <LinkRow key={link.id} link={link} />
        ))}
      </ul>
      {list.hasNextPage && (
        <div className="p-3">
          <Button onClick={() => void list.fetchNextPage()} busy={list.isFetchingNextPage}>
            Show older ones
          </Button>
        </div>
      )}
    </Panel>
  )
}

const SAID: Record<LinkState, { tone: 'good' | 'quiet' | 'bad'; text: string }> = {
  open: { tone: 'good', text: 'opens the preview' },
  expired: { tone: 'quiet', text: 'has ended' },
  revoked: { tone: 'bad', text: 'revoked' },
}

function LinkRow({ link }: { link: PreviewToken }) {
  const [asked, setAsked] = useState(false)
  const client = useQueryClient()
  const revoke = useMutation<unknown, Problem>({
    mutationFn: () => revokeLink(link.sandbox_id, link.id),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: keys.previewTokens(link.sandbox_id) })
      setAsked(false)
    },
  })
  const state = stateOf(link, useNow('slow'))
  return (
    <li
      data-testid={`link-${link.id}`}
      className="flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3"
    >
      <div className="min-w-0 flex-1 basis-56">
        <p>{link.port === null ? 'All ports' : `Port ${link.port}`}</p>
        <p className="text-quiet text-xs">
          Made <Time at={link.created_at} />, ends <Time at={link.expires_at} />
        </p>
      </div>
      <Status {...SAID[state]} />
      {state === 'open' && (
        <Button look="danger" onClick={() => setAsked(true)}>
          Revoke
        </Button>
      )}
      {asked && (
        <Confirm
          title="Revoke the link?"
          about="Who has it sees the preview no longer, within about a second; what they have open ends. Other links stay."
          action="Revoke"
          danger
          busy={revoke.isPending}
          problem={revoke.error}
          onClose={() => setAsked(false)}
          onConfirm={() => revoke.mutate()}
        />
      )}
    </li>
  )
}
