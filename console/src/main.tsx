/** The console begins here. */
import { QueryClientProvider } from '@tanstack/react-query'
import { createRouter, RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'

import { makeQueryClient } from '~/api/query_client'
import { routeTree } from '~/routes/tree'
import './styles.css'

const client = makeQueryClient()
const router = createRouter({ routeTree, defaultPreload: 'intent', scrollRestoration: true })

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}

// The server has another version now, without the files that this page was to load later.
window.addEventListener('vite:preloadError', () => window.location.reload())

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has a root')
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
)
