/** The bar at the top: where one can go, whether it is live, and who one is. */
import { Link } from '@tanstack/react-router'
import { CircleUser, LogOut, Monitor, Moon, Sun } from 'lucide-react'

import type { Liveness } from '~/api/live/feed'
import type { Tone } from '~/api/status'
import type { Session } from '~/api/types'
import { Button } from '~/ui/button'
import { Mark } from '~/ui/mark'
import { Menu, MenuItem } from '~/ui/menu'
import { Status } from '~/ui/status'
import { type Theme, useTheme } from './theme'

const PLACES = [
  ['/', 'Apps'],
  ['/operations', 'Operations'],
  ['/workers', 'Workers'],
  ['/webhooks', 'Webhooks'],
] as const

interface HeaderProps {
  session: Session
  liveness: Liveness
  onSignOut: () => void
}

export function Header({ session, liveness, onSignOut }: HeaderProps) {
  return (
    <header className="sticky top-0 z-30 border-line border-b bg-surface">
      <div className="mx-auto flex max-w-[1440px] flex-wrap items-center gap-x-5 px-4 sm:px-6">
        <Link to="/" className="flex h-12 items-center gap-2.5 font-semibold">
          <Mark size={22} /> sandboxd
        </Link>
        <nav
          aria-label="Main"
          className="-mx-2 order-last flex w-full gap-0.5 overflow-x-auto sm:order-none sm:w-auto"
        >
          {PLACES.map(([to, text]) => (
            <Link
              key={to}
              to={to}
              activeOptions={{ exact: to === '/' }}
              className="inline-flex h-10 items-center border-transparent border-b-2 px-2 text-quiet hover:text-ink sm:h-12 aria-[current=page]:border-accent aria-[current=page]:text-ink"
            >
              {text}
            </Link>
          ))}
        </nav>
        <div className="ml-auto flex items-center gap-1">
          <LiveSign liveness={liveness} />
          <ThemeButton />
          <Account session={session} onSignOut={onSignOut} />
        </div>
      </div>
    </header>
  )
}

const SIGNS: Record<Liveness, [Tone, string]> = {
  connecting: ['busy', 'Connecting'],
  live: ['good', 'Live'],
  offline: ['warn', 'Reconnecting'],
}

function LiveSign({ liveness }: { liveness: Liveness }) {
  const [tone, text] = SIGNS[liveness]
  return (
    <span role="status" className="mr-2 text-quiet text-xs" data-testid="liveness">
      <Status tone={tone} text={text} />
    </span>
  )
}

const ICONS: Record<Theme, typeof Sun> = { system: Monitor, light: Sun, dark: Moon }

function ThemeButton() {
  const { theme, turn } = useTheme()
  const Icon = ICONS[theme]
  return <Button look="bare" label={`Theme: ${theme}`} icon={<Icon size={16} />} onClick={turn} />
}

function Account({ session, onSignOut }: { session: Session; onSignOut: () => void }) {
  if (session.auth !== 'session') {
    return <span className="px-2 text-quiet">{session.tenant}</span>
  }
  return (
    <Menu
      trigger={
        <Button
          look="bare"
          icon={<CircleUser size={16} />}
          className="max-w-40"
          data-testid="account"
        >
          <span className="truncate">{session.tenant}</span>
        </Button>
      }
    >
      <MenuItem icon={<LogOut size={15} />} onSelect={onSignOut} testId="sign-out">
        Sign out
      </MenuItem>
    </Menu>
  )
}
