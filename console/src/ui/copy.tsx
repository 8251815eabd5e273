/** A button that copies a text. */
import { Check, Copy as CopyIcon } from 'lucide-react'
import { useEffect, useState } from 'react'

import { Button, type Look } from './button'

const SHOWN_MS = 1_500

interface CopyProps {
  text: string
  label: string
  look?: Look
}

export function Copy({ text, label, look = 'bare' }: CopyProps) {
  const [copied, setCopied] = useState(false)
  useEffect(() => {
    if (!copied) return
    const timer = setTimeout(() => setCopied(false), SHOWN_MS)
    return () => clearTimeout(timer)
  }, [copied])
  return (
    <Button
      look={look}
      label={copied ? 'Copied' : label}
      icon={copied ? <Check size={15} className="text-good" /> : <CopyIcon size={15} />}
      onClick={() => void copy(text).then(setCopied)}
    />
  )
}

/** The clipboard is there in secure contexts only; a selection can be copied anywhere. */
async function copy(text: string): Promise<boolean> {
  if (navigator.clipboard !== undefined) {
    await navigator.clipboard.writeText(text)
    return true
  }
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'fixed opacity-0'
  document.body.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  return done
}
