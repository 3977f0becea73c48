/** What an expression says, before it is known how frames are built. `at`: place in the expression, from 0. */

export type Direction = 'src' | 'dst' | 'src or dst' | 'src and dst'

/** What stands in front of an address, port or number; names behind `and`, `or` inherit it. */
export interface Qualifiers {
  /** Name of PROTOCOLS. */
  protocol: string | undefined
  direction: Direction | undefined
  type: 'host' | 'net' | 'port' | 'portrange' | 'proto' | undefined
}

export type Identifier =
  | { kind: 'number'; value: number }
  | { kind: 'name'; text: string }
  /** Of an IPv4 address that may lack its last numbers; `mask` as text or length. */
  | { kind: 'ipv4'; text: string; mask?: string | number }
  | { kind: 'ipv6'; words: readonly [number, number, number, number]; length?: number }
  | { kind: 'mac'; bytes: readonly number[] }

export type Expression =
  /** Terms one behind the other: `and` and `or` bind alike, from left to right. */
  | { kind: 'chain'; first: Expression; rest: { and: boolean; term: Expression }[] }
  | { kind: 'not'; term: Expression }
  | { kind: 'identifier'; at: number; qualifiers: Qualifiers; identifier: Identifier }
  | { kind: 'protocol'; at: number; name: string }
  | { kind: 'relation'; at: number; relation: Relation; left: Arithmetic; right: Arithmetic }
  | { kind: 'cast'; at: number; protocol: string | undefined; cast: 'broadcast' | 'multicast' }
  | { kind: 'length'; least: boolean; value: number }
  | { kind: 'way'; at: number; way: 'inbound' | 'outbound' }
  /** `vlan`, `mpls`, `pppoes`: what comes behind them is looked for behind that header. */
  | { kind: 'encapsulation'; at: number; name: string; value: number | undefined }

export type Relation = '>' | '<' | '>=' | '<=' | '=' | '!='
export type Operator = '+' | '-' | '*' | '/' | '%' | '&' | '|' | '^' | '<<' | '>>'

export type Arithmetic =
  | { kind: 'constant'; value: number }
  | { kind: 'length' }
  | { kind: 'negative'; of: Arithmetic }
  | { kind: 'operation'; operator: Operator; left: Arithmetic; right: Arithmetic }
  /** Bytes of a header, a big-endian number. */
  | { kind: 'bytes'; at: number; protocol: string; index: Arithmetic; size: number }
