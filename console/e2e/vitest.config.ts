import { defineConfig } from 'vitest/config'

// One browser and one installation at a time: a story has to be told in its order.
export default defineConfig({
  test: {
    include: [process.env.SCREENS ? 'e2e/*.shots.ts' : 'e2e/*.e2e.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    bail: 1,
  },
})
