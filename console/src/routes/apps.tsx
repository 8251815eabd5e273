/** The list of apps. */
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Search, X } from 'lucide-react'

import { AppsGrid } from '~/features/apps/apps_grid'
import { CreateApp } from '~/features/apps/create_app'
import { Button } from '~/ui/button'
import { INPUT } from '~/ui/field'
import { useTitle } from '~/ui/title'

export interface AppsSearch {
  q?: string
  tag?: string
}

export function AppsPage() {
  const search = useSearch({ from: '/' })
  const navigate = useNavigate({ from: '/' })
  useTitle('Apps')
  const narrow = (more: AppsSearch): void => {
    void navigate({ search: old => tidy({ ...old, ...more }), replace: true })
  }
  return (
    <div className="flex flex-col gap-5">
      <div className="flex flex-wrap items-center gap-3">
        <h1 className="mr-auto font-semibold text-xl">Apps</h1>
        <label className="relative w-full sm:w-64">
          <span className="sr-only">Search apps</span>
          <Search size={15} className="absolute top-2.5 left-3 text-quiet" aria-hidden />
          <input
            type="search"
            placeholder="Search"
            defaultValue={search.q ?? ''}
            onChange={event => narrow({ q: event.target.value })}
            className={`${INPUT} h-9 w-full pl-9`}
          />
        </label>
        {search.tag !== undefined && (
          <Button icon={<X size={14} />} onClick={() => narrow({ tag: '' })} className="h-9">
            Tag: {search.tag}
          </Button>
        )}
      </div>
      <CreateApp onCreated={app => void navigate({ to: '/apps/$app', params: { app } })} />
      <AppsGrid filter={search} />
    </div>
  )
}

/** Without what is empty. */
function tidy(search: AppsSearch): AppsSearch {
  return Object.fromEntries(Object.entries(search).filter(([, value]) => value !== ''))
}
