/** An address that leads nowhere. */
import { Link } from '@tanstack/react-router'

import { Empty } from '~/ui/panel'

export function NotFound() {
  return (
    <Empty title="There is nothing here">
      <Link to="/" className="underline">
        All apps
      </Link>
    </Empty>
  )
}
