/** A link by which others see a private preview. */
import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'

import { createLink } from '~/api/preview_tokens'
import type { Problem } from '~/api/problem'
import type { PreviewLink, Sandbox } from '~/api/types'
import { Button } from '~/ui/button'
import { Copy } from '~/ui/copy'
import { Dialog } from '~/ui/dialog'
import { INPUT, Select } from '~/ui/field'
import { ProblemNote } from '~/ui/problem_note'
import { Time } from '~/ui/time'

const SPANS = [
  ['1h', 'An hour'],
  ['24h', 'A day'],
  ['168h', 'A week'],
] as const

interface ShareDialogProps {
  sandbox: Sandbox
  port: number
  onClose: () => void
}

export function ShareDialog({ sandbox, port, onClose }: ShareDialogProps) {
  const [span, setSpan] = useState<(typeof SPANS)[number][0]>('1h')
  const make = useMutation<PreviewLink, Problem>({
    mutationFn: () => createLink(sandbox.id, port, span),
  })
  return (
    <Dialog
      title="Share the preview by a link"
      about="Who has the link sees the preview until it ends or is revoked in the settings."
      onClose={onClose}
    >
      <div className="flex flex-col gap-4">
        <Select label="Lasts" value={span} options={SPANS} onChange={setSpan} />
        <ProblemNote problem={make.error} />
        {make.data === undefined ? (
          <Button
            look="primary"
            busy={make.isPending}
            onClick={() => make.mutate()}
            className="self-end"
          >
            Make the link
          </Button>
        ) : (
          <div className="flex flex-col gap-1.5">
            <div className="flex gap-2">
              <input
                readOnly
                aria-label="Link"
                value={make.data.url}
                className={`${INPUT} h-9 flex-1`}
              />
              <Copy text={make.data.url} label="Copy the link" look="plain" />
            </div>
            <p className="text-quiet text-xs">
              Ends <Time at={make.data.expires_at} clock />. It isn't shown again.
            </p>
          </div>
        )}
      </div>
    </Dialog>
  )
}
