import tailwind from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const api = process.env.SANDBOXD_API ?? 'http://127.0.0.1:9090'

export default defineConfig({
  plugins: [react(), tailwind()],
  resolve: { alias: { '~': new URL('./src', import.meta.url).pathname } },
  build: {
    target: 'es2023',
    // Nothing inline: the console's policy allows files of its own origin only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/v1': { target: api, ws: true } } },
  test: { include: ['src/**/*.test.{ts,tsx}'], environment: 'node' },
})
