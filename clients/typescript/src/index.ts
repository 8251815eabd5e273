/** A client of the sandboxd API. */
export { type Options, Sandboxd } from './client.js'
export { ApiError, GapError, OperationError, SandboxdError, UnreachableError } from './errors.js'
export type { components, operations, paths } from './schema.js'
export { BEGINNING, type StreamOptions } from './stream.js'
export type * from './types.js'
export type { WaitOptions } from './wait.js'
