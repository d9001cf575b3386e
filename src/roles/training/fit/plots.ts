/** SVG pictures of a training, readable on light and dark pages. */

const FONT = 'font-family="system-ui, sans-serif" font-size="12"';

function svg(width: number, height: number, body: string): string {
  const style =
    'text{fill:#6b7280}.bar{fill:#3b82f6}.line{stroke:#9ca3af;stroke-width:1}.dot{fill:#3b82f6;fill-opacity:.35}.cell{fill:#3b82f6}.strong{fill:#111827;font-weight:600}';
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" ${FONT}><style>${style}</style>${body}</svg>\n`;
}

const escapeXml = (text: string): string => text.replace(/[&<>"']/gu, (c) => `&#${c.codePointAt(0)};`);

const short = (text: string): string => escapeXml(text.length > 22 ? `${text.slice(0, 21)}…` : text);

const MAX_BARS = 30;

/** Horizontal bars of each column's share, the greatest first. */
export function importancePlot(importance: Readonly<Record<string, number>>): string {
  const shares = Object.entries(importance)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_BARS);
  const top = Math.max(...shares.map(([, share]) => share), Number.MIN_VALUE);
  const bars = shares.map(([name, share], i) => {
    const y = 8 + i * 22;
    const width = ((share / top) * 360).toFixed(1);
    return `<text x="160" y="${y + 13}" text-anchor="end">${short(name)}</text><rect class="bar" x="168" y="${y}" width="${width}" height="16" rx="2"/><text x="${(174 + Number(width)).toFixed(1)}" y="${y + 13}">${(share * 100).toFixed(1)} %</text>`;
  });
  return svg(600, 16 + shares.length * 22, bars.join(''));
}

const MAX_CLASSES_SHOWN = 25;

/** Counts of actual (rows) by predicted (columns) class. Empty where there are too many classes to read. */
export function confusionPlot(counts: Int32Array, classes: readonly (string | number)[]): string {
  const n = classes.length;
  if (n > MAX_CLASSES_SHOWN) return '';
  const size = 56;
  const left = 170;
  const top = 50;
  const most = Math.max(...counts, 1);
  const parts = [`<text x="${left + (n * size) / 2}" y="16" text-anchor="middle">predicted</text>`];
  for (let row = 0; row < n; row++) {
    parts.push(`<text x="${left - 8}" y="${top + row * size + size / 2 + 4}" text-anchor="end">${short(String(classes[row]))}</text>`);
    parts.push(
      `<text x="${left + row * size + size / 2}" y="${top - 8}" text-anchor="middle">${escapeXml(String(classes[row]).slice(0, 9))}</text>`,
    );
    for (let column = 0; column < n; column++) {
      const count = counts[row * n + column]!;
      const x = left + column * size;
      const y = top + row * size;
      const opacity = (0.08 + (0.82 * count) / most).toFixed(2);
      parts.push(`<rect class="cell" fill-opacity="${opacity}" x="${x}" y="${y}" width="${size - 2}" height="${size - 2}"/>`);
      parts.push(`<text class="strong" x="${x + size / 2 - 1}" y="${y + size / 2 + 4}" text-anchor="middle">${count}</text>`);
    }
  }
  return svg(left + n * size + 10, top + n * size + 10, parts.join(''));
}

const MAX_DOTS = 1500;

/** Error (predicted − actual) against the predicted value, of evenly chosen rows. */
export function residualPlot(actual: Float64Array, predicted: Float64Array): string {
  const step = Math.max(1, Math.ceil(actual.length / MAX_DOTS));
  const points: [number, number][] = [];
  for (let i = 0; i < actual.length; i += step) points.push([predicted[i]!, predicted[i]! - actual[i]!]);
  const xs = points.map(([x]) => x);
  const reach = Math.max(...points.map(([, y]) => Math.abs(y)), Number.MIN_VALUE);
  const low = Math.min(...xs);
  const width = Math.max(...xs) - low || 1;
  const dots = points.map(([x, y]) => {
    const cx = 60 + ((x - low) / width) * 520;
    const cy = 160 - (y / reach) * 130;
    return `<circle class="dot" cx="${cx.toFixed(1)}" cy="${cy.toFixed(1)}" r="2"/>`;
  });
  const number = (value: number): string => String(Number(value.toPrecision(4)));
  const axes = [
    '<line class="line" x1="60" x2="580" y1="160" y2="160"/>',
    `<text x="54" y="34" text-anchor="end">${number(reach)}</text><text x="54" y="164" text-anchor="end">0</text>`,
    `<text x="54" y="294" text-anchor="end">${number(-reach)}</text><text x="60" y="316">${number(low)}</text>`,
    `<text x="580" y="316" text-anchor="end">${number(low + width)}</text>`,
    '<text x="320" y="316" text-anchor="middle">predicted; above the line: too high</text>',
  ];
  return svg(600, 325, axes.join('') + dots.join(''));
}
