/** What an agent says that it has used, in words. */

const NUMBER = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })
const DOLLARS = new Intl.NumberFormat('en', { style: 'currency', currency: 'USD' })

/** Its shape is the agent's own, and hostile. */
export function toUsage(usage: unknown): string | undefined {
  if (typeof usage !== 'object' || usage === null) return undefined
  const number = (name: string): number | undefined => {
    const value = (usage as Record<string, unknown>)[name]
    return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : undefined
  }
  const [input, output, cost] = [
    number('input_tokens'),
    number('output_tokens'),
    number('cost_usd'),
  ]
  const parts = [
    input === undefined ? undefined : `${NUMBER.format(input)} tokens in`,
    output === undefined ? undefined : `${NUMBER.format(output)} out`,
    cost === undefined || cost < 0.005 ? undefined : DOLLARS.format(cost),
  ]
  const said = parts.filter(part => part !== undefined).join(', ')
  return said === '' ? undefined : said
}
