const STYLE = `
:root { color-scheme: light dark; --line: #d9dce1; --muted: #5f6670; --accent: #2f62d9; }
@media (prefers-color-scheme: dark) { :root { --line: #30343b; --muted: #9aa1ab; --accent: #86abff; } }
body { font: 14px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; margin: 0 auto; padding: 40px 24px 80px; max-width: 1080px; }
h1 { font-size: 20px; margin: 0 0 4px; }
p { margin: 0 0 16px; color: var(--muted); }
a { color: var(--accent); }
code, pre { font: 13px/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
pre { border: 1px solid var(--line); border-radius: 6px; padding: 12px 16px; overflow: auto; }
table { border-collapse: collapse; width: 100%; margin-top: 16px; }
th, td { text-align: left; vertical-align: top; padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--muted); font-size: 12px; }
tr:target { background: color-mix(in srgb, var(--accent) 14%, transparent); }
td:nth-child(2) { font-variant-numeric: tabular-nums; }
`;

/** A small page without scripts. `body` is HTML already. */
export function plainPage(title: string, body: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>${escapeHtml(title)} · Trainyard</title><style>${STYLE}</style></head><body>${body}</body></html>`;
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (character) => `&#${character.charCodeAt(0)};`);
}
