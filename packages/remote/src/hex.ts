const DIGITS: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Bytes as hexadecimal digits, two for each. */
export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += DIGITS[byte];
  return text;
}

/** The inverse of {@link hexOf}: of small letters. */
export function bytesOf(hex: string): Uint8Array {
  const bytes = new Uint8Array(hex.length / 2);
  for (let place = 0; place < bytes.length; place += 1) {
    bytes[place] = digitAt(hex, place * 2) * 16 + digitAt(hex, place * 2 + 1);
  }
  return bytes;
}

function digitAt(hex: string, place: number): number {
  const code = hex.charCodeAt(place);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
