import { describe, expect, it } from '@jest/globals';
import { type BarRow, barChart, svgBarChart } from '../src/plot.js';

const rates: BarRow[] = [
  { label: 'Erlang', value: 500_000, unit: 'msg/s' },
  { label: 'gRPC', value: 125_000.4, unit: 'msg/s' },
];

describe('a bar chart as text', () => {
  it('draws to scale, and keeps to its width', () => {
    const chart = barChart('one way', rates, 45);
    expect(chart.split('\n')).toEqual([
      'one way',
      `Erlang  ${'#'.repeat(22)}  500,000 msg/s`,
      `gRPC    ${'#'.repeat(6)}  125,000 msg/s`,
    ]);
    expect(Math.max(...chart.split('\n').map((line) => line.length))).toBe(45);
  });

  it('leaves some room for bars, however narrow it is to be', () => {
    expect(barChart('one way', rates, 1).split('\n')[1]).toBe(`Erlang  ${'#'.repeat(10)}  500,000 msg/s`);
  });

  it.each([
    [1_234_567.8, '1,234,568 µs'],
    [66.84, '66.8 µs'],
    [1.256, '1.26 µs'],
  ])('writes %p as %s', (value, expected) => {
    expect(barChart('', [{ label: 'x', value, unit: 'µs' }], 30)).toMatch(new RegExp(`#  ${expected}$`));
  });

  it.each([[0], [-3], [Number.NaN], [Number.POSITIVE_INFINITY]])('draws no bar for %p', (value) => {
    const [, nothing, something] = barChart('', [{ label: 'x', value, unit: '' }, ...rates], 60).split('\n');
    expect(nothing).not.toContain('#');
    expect(something).toContain('#');
  });

  it('is its title when there is nothing to draw', () => {
    expect(barChart('nothing', [], 80)).toBe('nothing');
    expect(barChart('zero', [{ label: 'x', value: 0, unit: 's' }], 80)).toBe('zero\nx  0 s');
  });
});

describe('a bar chart as SVG', () => {
  const bars = (svg: string): number[] =>
    [...svg.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)"/g)].map(([, length]) => Number(length));

  it('draws to scale, within its width', () => {
    const svg = svgBarChart('one way', rates, 600);
    const [erlang, grpc] = bars(svg) as [number, number];
    expect(grpc / erlang).toBeCloseTo(0.25, 2);
    expect(erlang).toBeGreaterThan(300);
    expect(erlang).toBeLessThan(600);
    for (const text of ['one way', 'Erlang', 'gRPC', '500,000 msg/s', '125,000 msg/s']) expect(svg).toContain(text);
  });

  it('stands alone, and is well-formed', () => {
    const svg = svgBarChart('one way', rates, 600);
    expect(svg).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /);
    const open: string[] = [];
    for (const [, end, name, , alone] of svg.matchAll(/<(\/?)(\w+)((?:\s+[\w-:]+="[^"<]*")*)\s*(\/?)>/g)) {
      if (end === '/') expect(open.pop()).toBe(name);
      else if (alone === '') open.push(name as string);
    }
    expect(open).toEqual([]);
  });

  it('takes any text', () => {
    const svg = svgBarChart('a < b & "c"', [{ label: '<script>', value: Number.NaN, unit: '>' }], 300);
    expect(svg).toContain('a &lt; b &amp; &quot;c&quot;');
    expect(svg).toContain('&lt;script&gt;');
    expect(svg).not.toContain('<script>');
    expect(bars(svg)).toEqual([0]);
  });

  it('may be empty', () => {
    expect(bars(svgBarChart('nothing', [], 300))).toEqual([]);
  });
});
