/** What an agent said, as the entries of a log: both ends of a tool's use are one entry. */
import type { TaskOutput } from '~/api/types'

export type Entry = { seq: number; at: string } & (
  | { kind: 'message'; text: string; raw: boolean }
  | { kind: 'tool'; tool: Tool }
  | { kind: 'status'; status: string; detail: string | undefined }
  | { kind: 'build'; status: string; command: string | undefined; text: string | undefined }
  | { kind: 'done'; status: string; message: string | undefined }
)

export interface Tool {
  name: string
  title: string | undefined
  status: string | undefined
  input: string | undefined
  output: string | undefined
}

export interface Output {
  entries: Entry[]
  /** The pieces as they came. */
  pieces: TaskOutput[]
  /** Where the entries are that more may come to: calls of tools by their ids, and the build. */
  open: ReadonlyMap<string, number>
}

export const NOTHING: Output = { entries: [], pieces: [], open: new Map() }
const BUILD = 'build'

/** The same with more pieces, none of which it has already. */
export function extend(output: Output, more: readonly TaskOutput[]): Output {
  const entries = [...output.entries]
  const open = new Map(output.open)
  for (const piece of more) {
    const entry = toEntry(piece)
    const key = keyOf(piece)
    const place = key === undefined ? undefined : open.get(key)
    const earlier = place === undefined ? undefined : entries[place]
    if (place !== undefined && earlier !== undefined) {
      entries[place] = joined(earlier, entry)
      continue
    }
    if (key !== undefined) open.set(key, entries.length)
    entries.push(entry)
  }
  return { entries, pieces: [...output.pieces, ...more], open }
}

/** What tells that two pieces are of one thing. */
function keyOf({ type, data }: TaskOutput): string | undefined {
  if (type === 'build') return BUILD
  const call = (data as Data).call_id
  return type === 'tool' && typeof call === 'string' ? `call ${call}` : undefined
}

type Data = Record<string, unknown>

function toEntry(piece: TaskOutput): Entry {
  const { seq, created_at: at } = piece
  const data = piece.data as Data
  const text = (name: string): string | undefined => toText(data[name])
  switch (piece.type) {
    case 'message':
      return { seq, at, kind: 'message', text: text('text') ?? '', raw: data.raw === true }
    case 'tool': {
      const [name, title, status] = [text('tool') ?? 'tool', text('title'), text('status')]
      const tool = { name, title, status, input: text('input'), output: text('output') }
      return { seq, at, kind: 'tool', tool }
    }
    case 'status':
      return { seq, at, kind: 'status', status: text('status') ?? '', detail: text('detail') }
    case 'build': {
      const [status, command] = [text('status') ?? '', toLine(data.command)]
      return { seq, at, kind: 'build', status, command, text: text('text') }
    }
    case 'done':
      return {
        seq,
        at,
        kind: 'done',
        status: text('status') ?? '',
        message: text('error_message'),
      }
  }
}

/** The later end of something with what only its beginning has. */
function joined(earlier: Entry, later: Entry): Entry {
  const { seq, at } = earlier
  if (earlier.kind === 'tool' && later.kind === 'tool') {
    const [was, is] = [earlier.tool, later.tool]
    const tool = {
      // An end that nobody knows the beginning of is called "tool".
      name: is.name === 'tool' ? was.name : is.name,
      title: is.title ?? was.title,
      status: is.status ?? was.status,
      input: is.input ?? was.input,
      output: is.output ?? was.output,
    }
    return { seq, at, kind: 'tool', tool }
  }
  if (earlier.kind === 'build' && later.kind === 'build') {
    return { ...later, seq, at, command: later.command ?? earlier.command }
  }
  return later
}

/** A program and its arguments, without the shell around them. */
function toLine(command: unknown): string | undefined {
  if (!Array.isArray(command)) return toText(command)
  const words = command[0] === 'sh' && command[1] === '-c' ? command.slice(2) : command
  return words.map(String).join(' ')
}

function toText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  return typeof value === 'string' ? value : toJson(value, 2)
}

/** What a sandbox says can be anything, nested more deeply than can be written down. */
export function toJson(value: unknown, indent?: number): string {
  try {
    return JSON.stringify(value, null, indent)
  } catch {
    return '(nested too deeply to be shown)'
  }
}
