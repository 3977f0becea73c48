import { HEADER_COLUMNS, type HeaderColumn, type HeaderMembers } from '../header-columns.ts'
import { BadMember, type Members } from './members.ts'

/** What a record says of link and tunnel headers; undefined if it says nothing. Throws BadMember. */
export function headersOf(members: Members): HeaderMembers | undefined {
  let found: Record<string, unknown> | undefined
  for (const column of HEADER_COLUMNS) {
    if (!members.has(column.name)) continue
    found ??= {}
    found[column.name] = checked(members, column)
  }
  return found as HeaderMembers | undefined
}

function checked(members: Members, { name, kind, type }: HeaderColumn): unknown {
  switch (kind) {
    case 'list':
      return members.list(name)
    case 'number':
      return members.uint(name, 0xffff_ffff)
    case 'ip':
      if (members.address(name) === undefined) throw new BadMember(`${name} is no IP address`)
      return members.text(name, '')
    default:
      members.mask(name, Number(type.slice(1)) / 4)
      return members.text(name, '')
  }
}
