// Whether a line that a paper shows is what the code says.

/** Values in what is shown: what was asked, the name of the parliament, where the data are. */
const VALUES = new Set(['color', 'green', 'shape', 'round', 'registers', 'parliament', 'backup', 'data', 'damaged']);

/** What can stand in a line, the longest first. Of a text of several sentences, or with a remedy behind a colon, a part may be shown. */
export function sayable(literals) {
  const parts = [...literals].flatMap((text) => text.split(/(?<=[.:]) /).map((part) => part.replace(/[.:]$/, '')));
  return [...new Set([...literals, ...parts])]
    .filter((text) => text.length >= 3)
    .sort((left, right) => right.length - left.length);
}

/** The words of a line that no text has in its place. */
export function unknownWords(line, texts) {
  let left = line;
  for (const text of texts) if (text.includes(' ') || text.length > 8) left = left.replaceAll(whole(text), ' ¦ ');
  const words = left.replaceAll(/\S*[/\d.]\S*/g, ' ').match(/[A-Za-z]{4,}/g) ?? [];
  return words.filter((word) => !VALUES.has(word) && !texts.includes(word) && !texts.includes(word.replace(/s$/, '')));
}

/** A text, where it does not begin or end inside a word: that would cut another text. */
function whole(text) {
  const escaped = text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`${/^\w/.test(text) ? '\\b' : ''}${escaped}${/\w$/.test(text) ? '\\b' : ''}`, 'g');
}
