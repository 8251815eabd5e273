/** The API's types by their names; all of them are in `components['schemas']`. */
import type { components } from './schema.js'

type Schemas = components['schemas']
export type Agent = Schemas['Agent']
export type App = Schemas['App']
export type ErrorBody = Schemas['ErrorBody']
export type ErrorCode = Schemas['ErrorCode']
export type Operation = Schemas['Operation']
export type OperationResult = Schemas['OperationResult']
export type Sandbox = Schemas['Sandbox']
export type Snapshot = Schemas['Snapshot']
export type TaskOutput = Schemas['TaskOutput']
export type TaskResult = Schemas['TaskResult']
export type TimelineEvent = Schemas['Event']
