import { defineConfig } from 'vitest/config'

// One installation at a time: a story has to be told in its order.
export default defineConfig({
  test: {
    include: ['live/*.live.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    bail: 1,
  },
})
