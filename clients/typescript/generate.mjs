/**
 * Makes src/schema.ts from docs/openapi.yaml, or says whether it is up to date (--check). What only
 * `Prefer: wait` answers is left out: this client waits by itself, so that a 202 is an operation.
 */
import { readFile, writeFile } from 'node:fs/promises'
import openapiTypescript, { astToString } from 'openapi-typescript'
import ts from 'typescript'
import { parse } from 'yaml'

const source = new URL('../../docs/openapi.yaml', import.meta.url)
const target = new URL('src/schema.ts', import.meta.url)
const PREFER = '#/components/parameters/Prefer'

function withoutPrefer(document) {
  for (const operation of Object.values(document.paths).flatMap(path => Object.values(path))) {
    if (!operation.parameters?.some(one => one.$ref === PREFER)) continue
    operation.parameters = operation.parameters.filter(one => one.$ref !== PREFER)
    for (const [status, answer] of Object.entries(operation.responses)) {
      if (answer.description?.startsWith('With `Prefer')) delete operation.responses[status]
    }
  }
  return document
}

/** What is sent as bytes may be any of these. */
function bytes() {
  const { factory } = ts
  return factory.createUnionTypeNode([
    factory.createKeywordTypeNode(ts.SyntaxKind.StringKeyword),
    ...['Uint8Array<ArrayBuffer>', 'Blob'].map(name => factory.createTypeReferenceNode(name)),
  ])
}

/** What holds whatever its sender likes, and not nothing, which it is taken for. */
function isOpen({ type, properties, additionalProperties }) {
  return type === 'object' && properties === undefined && additionalProperties === undefined
}

function anything() {
  return ts.factory.createTypeReferenceNode('Record<string, unknown>')
}

const document = withoutPrefer(parse(await readFile(source, 'utf8')))
const types = await openapiTypescript(document, {
  alphabetize: true,
  transform(schema, { path }) {
    if (path?.includes('requestBody') && path.includes('octet-stream')) return bytes()
    if (isOpen(schema)) return anything()
  },
})
const text = `/** Made by generate.mjs from docs/openapi.yaml; not to be changed by hand. */\n\n${astToString(types)}`

if (!process.argv.includes('--check')) {
  await writeFile(target, text)
} else if ((await readFile(target, 'utf8').catch(() => '')) !== text) {
  process.stderr.write('src/schema.ts is not of docs/openapi.yaml; run: scripts/clients types\n')
  process.exitCode = 1
}
