import { type IpLabel, UNKNOWN } from './ip-labels.ts'

/** Where databases keep the holder of a network, from the nearest to a registry's entry to the farthest. */
const ORG_FIELDS = [
  'organization',
  'autonomous_system_organization',
  'as_organization',
  'as_name',
  'isp',
  'org',
  'name',
]

/**
 * The label that a record of a database says. There is no one layout: MaxMind nests the country and has organisations in
 * `traits` of some products; others keep flat records, `{"country_code":"US"}`.
 */
export function labelOf(record: unknown): IpLabel {
  if (!isRecord(record)) return { cc: UNKNOWN, org: UNKNOWN }
  const { traits } = record
  return {
    cc: countryOf(record),
    org: orgOf(record) ?? (isRecord(traits) ? orgOf(traits) : undefined) ?? UNKNOWN,
  }
}

function countryOf({ country, registered_country, country_code }: Record<string, unknown>): string {
  const places = [isRecord(country) ? country.iso_code : country, country_code]
  if (isRecord(registered_country)) places.push(registered_country.iso_code)
  const code = places.find(place => typeof place === 'string' && /^[a-z]{2}$/i.test(place))
  return code === undefined ? UNKNOWN : (code as string).toLowerCase()
}

function orgOf(record: Record<string, unknown>): string | undefined {
  for (const field of ORG_FIELDS) {
    const text = record[field]
    if (typeof text !== 'string') continue
    // a database is input as any other, and a label stands in lines and columns
    const name = text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
    if (name !== '') return name
  }
  return undefined
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
