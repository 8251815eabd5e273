/** The app as its visitors see it. */
import { ExternalLink, Link2, RotateCw } from 'lucide-react'
import { useState } from 'react'

import type { Sandbox } from '~/api/types'
import { Button } from '~/ui/button'
import { Copy } from '~/ui/copy'
import { INPUT } from '~/ui/field'
import { Panel } from '~/ui/panel'
import { Status } from '~/ui/status'
import { PreviewFrame } from './preview_frame'
import { previewState } from './preview_state'
import { ShareDialog } from './share_dialog'

const WIDTHS = [
  ['full', 'Full width', '100%'],
  ['tablet', 'Tablet, 768 px', '768px'],
  ['phone', 'Phone, 390 px', '390px'],
] as const
type Width = (typeof WIDTHS)[number][0]

export function Preview({ sandbox }: { sandbox: Sandbox }) {
  const [port, setPort] = useState(sandbox.ports[0] ?? 3000)
  const [width, setWidth] = useState<Width>('full')
  const [loads, setLoads] = useState(0)
  const [sharing, setSharing] = useState(false)
  const url = sandbox.preview.urls[String(port)] ?? sandbox.preview.url
  const isPrivate = sandbox.visibility === 'private'
  const { tone, text } = previewState(sandbox)
  return (
    <Panel
      title="Preview"
      flush
      aside={
        <>
          <span className="text-xs">
            <Status tone={tone} text={text} />
          </span>
          {sandbox.ports.length > 1 && (
            <select
              aria-label="Port"
              value={port}
              onChange={event => setPort(Number(event.target.value))}
              className={`${INPUT} h-8 px-1.5`}
            >
              {sandbox.ports.map(one => (
                <option key={one}>{one}</option>
              ))}
            </select>
          )}
          <select
            aria-label="Width"
            value={width}
            onChange={event => setWidth(event.target.value as Width)}
            className={`${INPUT} hidden h-8 px-1.5 sm:block`}
          >
            {WIDTHS.map(([name, label]) => (
              <option key={name} value={name}>
                {label}
              </option>
            ))}
          </select>
          <Button
            look="bare"
            label="Reload"
            icon={<RotateCw size={15} />}
            onClick={() => setLoads(loads + 1)}
          />
          {isPrivate && (
            <Button
              look="bare"
              label="Share by a link"
              icon={<Link2 size={15} />}
              onClick={() => setSharing(true)}
            />
          )}
          <Copy text={url} label="Copy the address" />
          <a
            href={url}
            target="_blank"
            rel="noreferrer"
            aria-label="Open in a tab of its own"
            className="grid size-8 place-items-center rounded-md text-quiet hover:bg-raised hover:text-ink"
          >
            <ExternalLink size={15} />
          </a>
        </>
      }
    >
      <div className="flex justify-center overflow-hidden rounded-b-lg bg-raised">
        <div
          style={{ width: WIDTHS.find(([name]) => name === width)?.[2] }}
          className="max-w-full bg-[Canvas]"
        >
          <PreviewFrame
            key={`${loads} ${port} ${sandbox.generation}`}
            sandbox={sandbox}
            port={port}
          />
        </div>
      </div>
      {sharing && <ShareDialog sandbox={sandbox} port={port} onClose={() => setSharing(false)} />}
    </Panel>
  )
}
