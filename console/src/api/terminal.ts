/** Terminals: a shell in a sandbox that runs, over a WebSocket. */

/** What becomes of a shell. */
export type ShellNews =
  | { what: 'open' }
  | { what: 'output'; bytes: Uint8Array }
  /** It has ended by itself; `code` is what it ended with, where it wasn't killed. */
  | { what: 'ended'; code: number | undefined }
  /** The connection is gone, and so is the shell. `opened`: whether there ever was one. */
  | { what: 'lost'; opened: boolean }

export interface Shell {
  type: (text: string | Uint8Array) => void
  resize: (cols: number, rows: number) => void
  close: () => void
}

export function openShell(
  sandbox: string,
  size: { cols: number; rows: number },
  tell: (news: ShellNews) => void,
): Shell {
  const url = new URL(`/v1/sandboxes/${sandbox}/terminal`, location.href)
  url.protocol = url.protocol.replace('http', 'ws')
  url.search = new URLSearchParams({ cols: `${size.cols}`, rows: `${size.rows}` }).toString()
  const socket = new WebSocket(url)
  socket.binaryType = 'arraybuffer'
  let opened = false
  let closing = false
  socket.onopen = () => {
    opened = true
    tell({ what: 'open' })
  }
  socket.onmessage = ({ data }) => {
    if (data instanceof ArrayBuffer) tell({ what: 'output', bytes: new Uint8Array(data) })
  }
  socket.onclose = ({ reason }) => {
    if (!closing) tell(ending(reason, opened))
  }
  const send = (what: string | Uint8Array<ArrayBuffer>): void => {
    if (socket.readyState === WebSocket.OPEN) socket.send(what)
  }
  return {
    type: text =>
      send(typeof text === 'string' ? new TextEncoder().encode(text) : new Uint8Array(text)),
    resize: (cols, rows) => send(JSON.stringify({ type: 'resize', cols, rows })),
    close: () => {
      closing = true
      socket.close()
    },
  }
}

/** How a shell ended is in the reason of the close: `{"exit_code":0,"signal":null}`. */
export function ending(reason: string, opened: boolean): ShellNews {
  try {
    const told = JSON.parse(reason) as { exit_code?: unknown } | null
    if (typeof told === 'object' && told !== null && 'exit_code' in told) {
      return {
        what: 'ended',
        code: typeof told.exit_code === 'number' ? told.exit_code : undefined,
      }
    }
  } catch {
    // Another reason, or none: the connection broke.
  }
  return { what: 'lost', opened }
}
