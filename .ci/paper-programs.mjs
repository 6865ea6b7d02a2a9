// The programs that a paper shows: blocks of `js` or `ts` that import something. Other blocks of these are pieces of one.

/** Its programs, and the blocks that a program could hide in: of another name, indented, or without an end. */
export function programsIn(path, text) {
  const programs = [];
  const faults = [];
  const lines = text.split('\n');
  for (let start = 0; start < lines.length; start += 1) {
    const [, indent, language] = /^(\s*)```(.*)$/.exec(lines[start]) ?? [];
    if (language === undefined) continue;
    const end = lines.findIndex((line, index) => index > start && line.trim() === '```');
    if (end === -1) {
      faults.push(`${path}:${start + 1}: this block has no end`);
      break;
    }
    const block = lines.slice(start + 1, end).join('\n');
    if (/^\s*import\s.*['"]/m.test(block)) {
      if (indent === '' && /^(js|ts)$/.test(language)) programs.push({ path, line: start + 1, text: block });
      else faults.push(`${path}:${start + 1}: a program stands in a block of js or ts that is not indented`);
    }
    start = end;
  }
  return { programs, faults };
}
