interface HistogramProps {
  /** Share of each bin, 0 to 1. */
  readonly reference: readonly number[];
  readonly current: readonly number[] | null;
  readonly label: string;
  readonly width?: number;
  readonly height?: number;
}

/** Reference as a grey outline, current filled, bin by bin. */
export function Histogram({ reference, current, label, width = 132, height = 30 }: HistogramProps) {
  const top = Math.max(...reference, ...(current ?? []), 1e-9);
  const step = width / Math.max(1, reference.length);
  const y = (share: number) => height - (share / top) * (height - 2);
  const bar = (share: number, i: number) => `M${i * step + 0.5} ${height}V${y(share)}h${Math.max(1, step - 1)}V${height}Z`;
  const outline = reference
    .map((share, i) => `${i === 0 ? `M0 ${height}` : ''}L${i * step} ${y(share)}L${(i + 1) * step} ${y(share)}`)
    .join('');
  return (
    <svg width={width} height={height} role="img" aria-label={label} style={{ display: 'block' }}>
      <title>{label}</title>
      {current && <path d={current.map(bar).join('')} fill="var(--accent)" opacity={0.5} />}
      <path d={`${outline}L${width} ${height}`} fill="none" stroke="var(--none)" strokeWidth={1.2} />
    </svg>
  );
}
