/** Length of the file that the FTP server sends, as its answer to SIZE says. */
export const LENGTH = 4_255_056

/** The file: each four bytes are their own offset, most significant byte first, so that any misplaced segment shows. */
export function counter() {
  const file = Buffer.alloc(LENGTH)
  for (let offset = 0; offset < LENGTH; offset += 4) file.writeUInt32BE(offset, offset)
  return file
}
