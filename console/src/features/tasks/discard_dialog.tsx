/** Deleting all answers of an exploration. */
import { useMutation, useQueryClient } from '@tanstack/react-query'

import { deleteApp } from '~/api/actions'
import { showOperation } from '~/api/operations'
import { Problem } from '~/api/problem'
import { Confirm } from '~/ui/confirm'
import type { Child } from './children'

interface DiscardDialogProps {
  variants: readonly Child[]
  onClose: () => void
}

export function DiscardDialog({ variants, onClose }: DiscardDialogProps) {
  const client = useQueryClient()
  const discard = useMutation<void, Problem>({
    mutationFn: async () => {
      for (const { app } of variants) {
        const deleting = await deleteApp(app.id, 'delete').catch(ignoreGone)
        if (deleting !== undefined) showOperation(client, deleting)
      }
    },
    onSuccess: onClose,
  })
  const count = variants.length === 1 ? 'the variant' : `all ${variants.length} variants`
  return (
    <Confirm
      title={`Discard ${count}?`}
      about="Their sandboxes, workspaces and snapshots will be deleted for good. The app itself stays as it is, and so does what the agents said."
      action="Discard all"
      danger
      busy={discard.isPending}
      problem={discard.error}
      onClose={onClose}
      onConfirm={() => discard.mutate()}
    />
  )
}

/** It may have been deleted a moment ago. */
function ignoreGone(error: unknown): undefined {
  if (error instanceof Problem && error.status === 404) return undefined
  throw error
}
