/** The table of pages. What the first page doesn't need is loaded when somebody goes there. */
import {
  createRootRoute,
  createRoute,
  type ErrorComponentProps,
  lazyRouteComponent,
} from '@tanstack/react-router'

import { asProblem } from '~/api/problem'
import { toCompareSearch } from '~/features/compare/search'
import { toOperationsSearch } from '~/features/progress/filters'
import { toTimelineSearch } from '~/features/timeline/filters'
import { ProblemNote } from '~/ui/problem_note'
import { AppsPage, type AppsSearch } from './apps'
import { NotFound } from './not_found'
import { Root } from './root'

const root = createRootRoute({
  component: Root,
  notFoundComponent: NotFound,
  errorComponent: ({ error }: ErrorComponentProps) => <ProblemNote problem={asProblem(error)} />,
})

const apps = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: AppsPage,
  validateSearch: (search: Record<string, unknown>): AppsSearch => ({
    ...(typeof search.q === 'string' && search.q !== '' ? { q: search.q } : {}),
    ...(typeof search.tag === 'string' && search.tag !== '' ? { tag: search.tag } : {}),
  }),
})

const app = createRoute({
  getParentRoute: () => root,
  path: '/apps/$app',
  component: lazyRouteComponent(() => import('./app/layout'), 'AppLayout'),
})

const overview = createRoute({
  getParentRoute: () => app,
  path: '/',
  component: lazyRouteComponent(() => import('./app/overview'), 'OverviewPage'),
})

const timeline = createRoute({
  getParentRoute: () => app,
  path: 'timeline',
  validateSearch: toTimelineSearch,
  component: lazyRouteComponent(() => import('./app/timeline'), 'TimelinePage'),
})

const snapshots = createRoute({
  getParentRoute: () => app,
  path: 'snapshots',
  component: lazyRouteComponent(() => import('./app/snapshots'), 'SnapshotsPage'),
})

const appOperations = createRoute({
  getParentRoute: () => app,
  path: 'operations',
  component: lazyRouteComponent(() => import('./app/operations'), 'AppOperationsPage'),
})

const config = createRoute({
  getParentRoute: () => app,
  path: 'config',
  component: lazyRouteComponent(() => import('./app/config'), 'ConfigPage'),
})

const settings = createRoute({
  getParentRoute: () => app,
  path: 'settings',
  component: lazyRouteComponent(() => import('./app/settings'), 'SettingsPage'),
})

const logs = createRoute({
  getParentRoute: () => app,
  path: 'logs',
  component: lazyRouteComponent(() => import('./app/logs'), 'LogsPage'),
})

const tasks = createRoute({
  getParentRoute: () => app,
  path: 'tasks',
  component: lazyRouteComponent(() => import('./app/tasks'), 'TasksPage'),
})

const task = createRoute({
  getParentRoute: () => app,
  path: 'tasks/$task',
  component: lazyRouteComponent(() => import('./app/task'), 'TaskPage'),
})

const exploration = createRoute({
  getParentRoute: () => app,
  path: 'tasks/explore/$operation',
  component: lazyRouteComponent(() => import('./app/exploration'), 'ExplorationPage'),
})

const files = createRoute({
  getParentRoute: () => app,
  path: 'files',
  validateSearch: (search: Record<string, unknown>): { path?: string } =>
    typeof search.path === 'string' && search.path !== '' ? { path: search.path } : {},
  component: lazyRouteComponent(() => import('./app/files'), 'FilesPage'),
})

const terminal = createRoute({
  getParentRoute: () => app,
  path: 'terminal',
  component: lazyRouteComponent(() => import('./app/terminal'), 'TerminalPage'),
})

const compare = createRoute({
  getParentRoute: () => app,
  path: 'snapshots/compare',
  validateSearch: toCompareSearch,
  component: lazyRouteComponent(() => import('./app/compare'), 'ComparePage'),
})

const webhooks = createRoute({
  getParentRoute: () => root,
  path: '/webhooks',
  component: lazyRouteComponent(() => import('./webhooks'), 'WebhooksPage'),
})

const webhook = createRoute({
  getParentRoute: () => root,
  path: '/webhooks/$webhook',
  component: lazyRouteComponent(() => import('./webhook'), 'WebhookPage'),
})

const workers = createRoute({
  getParentRoute: () => root,
  path: '/workers',
  component: lazyRouteComponent(() => import('./workers'), 'WorkersPage'),
})

const operations = createRoute({
  getParentRoute: () => root,
  path: '/operations',
  validateSearch: toOperationsSearch,
  component: lazyRouteComponent(() => import('./operations'), 'OperationsPage'),
})

const operation = createRoute({
  getParentRoute: () => root,
  path: '/operations/$operation',
  component: lazyRouteComponent(() => import('./operation'), 'OperationPage'),
})

export const routeTree = root.addChildren([
  apps,
  app.addChildren([
    overview,
    tasks,
    task,
    exploration,
    timeline,
    snapshots,
    compare,
    files,
    terminal,
    appOperations,
    logs,
    config,
    settings,
  ]),
  operations,
  operation,
  workers,
  webhooks,
  webhook,
])
