/** Bars for figures that are not ratios, as text and as SVG. */

/** A bar. Those of one chart are drawn to one scale, so they are of one unit, or of none. */
export interface BarRow {
  readonly label: string;
  readonly value: number;
  readonly unit: string;
}

/** However little room is left, bars are told apart. */
const LEAST_BAR_CHARACTERS = 10;

/** A chart as plain text, at most `width` characters wide as long as labels and figures leave ten for the bars. */
export function barChart(title: string, rows: readonly BarRow[], width: number): string {
  const labelWidth = widest(rows.map(({ label }) => label));
  const room = width - labelWidth - widest(rows.map(figureOf)) - 4;
  const scale = scaleOf(rows, Math.max(LEAST_BAR_CHARACTERS, room));
  const lines = rows.map((row) => {
    const bar = '#'.repeat(Math.round(scale(row.value)));
    return `${row.label.padEnd(labelWidth)}  ${bar}${bar === '' ? '' : '  '}${figureOf(row)}`;
  });
  return [title, ...lines].join('\n');
}

const ROW_PX = 28;
const BAR_PX = 18;
const MARGIN_PX = 12;
/** About the width of a character of the font, on the generous side: there is nobody to measure it. */
const CHARACTER_PX = 8;

/** The same as a picture `width` pixels wide, in one piece: no script, no style sheet, no font of its own. */
export function svgBarChart(title: string, rows: readonly BarRow[], width: number): string {
  const labelPx = widest(rows.map(({ label }) => label)) * CHARACTER_PX;
  const figurePx = widest(rows.map(figureOf)) * CHARACTER_PX;
  const left = MARGIN_PX + labelPx + MARGIN_PX;
  const scale = scaleOf(rows, Math.max(ROW_PX, width - left - figurePx - 2 * MARGIN_PX));
  const height = (rows.length + 1) * ROW_PX + 2 * MARGIN_PX;
  const bars = rows.flatMap((row, index) => {
    const middle = MARGIN_PX + ROW_PX * (index + 1.5);
    const length = Number(scale(row.value).toFixed(1));
    return [
      `  <text x="${left - MARGIN_PX}" y="${middle}" text-anchor="end">${escaped(row.label)}</text>`,
      `  <rect x="${left}" y="${middle - BAR_PX / 2}" width="${length}" height="${BAR_PX}" fill="#4477aa"/>`,
      `  <text x="${left + length + MARGIN_PX / 2}" y="${middle}">${escaped(figureOf(row))}</text>`,
    ];
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img"`,
    '  font-family="sans-serif" font-size="13" fill="#222222" dominant-baseline="middle">',
    `  <title>${escaped(title)}</title>`,
    '  <rect width="100%" height="100%" fill="#ffffff"/>',
    `  <text x="${MARGIN_PX}" y="${MARGIN_PX + ROW_PX / 2}" font-weight="bold">${escaped(title)}</text>`,
    ...bars,
    '</svg>',
    '',
  ].join('\n');
}

/** The length of a bar: the greatest value fills the room, and what is no positive number has none. */
function scaleOf(rows: readonly BarRow[], room: number): (value: number) => number {
  const isDrawn = (value: number): boolean => Number.isFinite(value) && value > 0;
  const greatest = Math.max(...rows.map(({ value }) => value).filter(isDrawn));
  return (value) => (isDrawn(value) ? (value / greatest) * room : 0);
}

/** 1,234,567 msg/s; 66.8 µs; 1.25 s: three digits at least, and no fraction that only chance has made. */
function figureOf({ value, unit }: BarRow): string {
  const size = Math.abs(value);
  const maximumFractionDigits = size < 10 ? 2 : size < 100 ? 1 : 0;
  return `${value.toLocaleString('en', { maximumFractionDigits })} ${unit}`.trimEnd();
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character] as string);
}
