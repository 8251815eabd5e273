// Lays .br and .gz files beside what was built: the API serves them as they are.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const COMPRESSIBLE = /\.(js|css|svg|json)$/
const SMALLEST = 1024

for (const name of readdirSync('dist', { recursive: true })) {
  const path = join('dist', name)
  if (!COMPRESSIBLE.test(path) || statSync(path).size < SMALLEST) continue
  const bytes = readFileSync(path)
  writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }))
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11 }
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }))
}
