/** Asks before something that can't be taken back, and says what exactly will go. */
import { type FormEvent, type ReactNode, useState } from 'react'

import type { Problem } from '~/api/problem'
import { Button } from './button'
import { Dialog } from './dialog'
import { ProblemNote } from './problem_note'

interface ConfirmProps {
  title: string
  about: ReactNode
  /** The button's word: what will be done. */
  action: string
  danger?: boolean
  busy: boolean
  problem: Problem | null
  onConfirm: () => void
  onClose: () => void
  /** Text that has to be typed first, for what is lost for good. */
  typed?: string
  children?: ReactNode
}

export function Confirm(props: ConfirmProps) {
  const [text, setText] = useState('')
  const missing = props.typed !== undefined && text.trim() !== props.typed.trim()
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (!missing && !props.busy) props.onConfirm()
  }
  return (
    <Dialog title={props.title} about={props.about} onClose={props.onClose}>
      <form onSubmit={submit} className="flex flex-col gap-4">
        {props.children}
        {props.typed !== undefined && (
          <label className="flex flex-col gap-1.5">
            <span>
              Type <b className="select-all">{props.typed}</b> to confirm
            </span>
            <input
              value={text}
              onChange={event => setText(event.target.value)}
              className="h-9 rounded-md border border-edge bg-canvas px-3"
              autoComplete="off"
            />
          </label>
        )}
        <ProblemNote problem={props.problem} />
        <div className="flex justify-end gap-2">
          <Button onClick={props.onClose}>Cancel</Button>
          <Button
            type="submit"
            look={props.danger ? 'danger' : 'primary'}
            data-testid="confirm"
            busy={props.busy}
            why={missing ? 'Type the name first' : undefined}
          >
            {props.action}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
