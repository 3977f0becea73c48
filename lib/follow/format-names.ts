/** What a transcript can look like. */
export const FOLLOW_FORMATS = ['ascii', 'hex', 'raw', 'base64', 'json'] as const

export type FollowFormat = (typeof FOLLOW_FORMATS)[number]
