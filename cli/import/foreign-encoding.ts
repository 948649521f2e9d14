/**
 * Files that are no UTF-8 text from their first bytes on, named with what makes them one. Not decoded here: an import
 * resumes at a byte of the file, and only of plain text is that byte a line's.
 */
const SIGNATURES: readonly (readonly [name: string, bytes: readonly number[], remedy: string])[] = [
  ['gzip', [0x1f, 0x8b], 'Unpack it first: gunzip -k FILE'],
  ['zstd', [0x28, 0xb5, 0x2f, 0xfd], 'Unpack it first: unzstd FILE'],
  ['a zip archive', [0x50, 0x4b, 0x03, 0x04], 'Unpack it first: unzip FILE'],
  ['UTF-16', [0xff, 0xfe], 'Convert it first: iconv -f UTF-16 -t UTF-8 FILE > NEW'],
  ['UTF-16', [0xfe, 0xff], 'Convert it first: iconv -f UTF-16 -t UTF-8 FILE > NEW'],
  ['UTF-16', [0x7b, 0x00], 'Convert it first: iconv -f UTF-16LE -t UTF-8 FILE > NEW'],
  ['UTF-16', [0x00, 0x7b], 'Convert it first: iconv -f UTF-16BE -t UTF-8 FILE > NEW'],
];

/** @throws Error that names the encoding */
export function refuseForeignEncoding(file: string, start: Uint8Array): void {
  const found = SIGNATURES.find(([, bytes]) => bytes.every((byte, at) => start[at] === byte));
  if (!found) return;
  const [name, , remedy] = found;
  throw new Error(`${file} is ${name}, and an import reads UTF-8 lines. ${remedy}`);
}
