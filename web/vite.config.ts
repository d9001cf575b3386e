import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const server = 'http://127.0.0.1:8000';

/** Paths that the server answers; everything else is a page. */
const api = [
  '^/(api|ajax-api|v1|v2|docs|openapi\\.json|metrics|livez|readyz|feedback|get-artifact)(/|\\?|$)',
  '^/deployments/[^/]+/predict$',
];

/** Compressed once here, so that the server never compresses a page. */
function precompress(): Plugin {
  const isText = (name: string) => /\.(?:js|css|html|svg)$/u.test(name);
  return {
    name: 'precompress',
    apply: 'build',
    writeBundle({ dir }) {
      const root = dir ?? here('./dist');
      for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(isText)) {
        const path = join(root, name);
        const bytes = readFileSync(path);
        if (bytes.length < 1024) continue;
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
        writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 10 } }));
      }
    },
  };
}

const NARROW = ':root[data-rail="narrow"]';

/**
 * The first paint waits for no file: styles of the frame that index.html holds stand in the page, and the style sheet comes after that frame.
 * The start page's own script is asked for together with the first one and not after it has run.
 */
function paintEarly(): Plugin {
  const styles = (): string => {
    const [page, shell] = ['theme.css', 'app/shell.module.css'].map((name) => readFileSync(here(`./src/${name}`), 'utf8'));
    return `${page}\nbody { margin: 0 }\n#early {\n* { box-sizing: border-box }\ni { width: 17px }\n${shell}\n}\n${NARROW} #early .rail { width: 53px }\n${NARROW} #early .word { display: none }`;
  };
  return {
    name: 'paint-early',
    apply: 'build',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        const start = chunks.find((chunk) => chunk.facadeModuleId?.endsWith('pages/overview.tsx'));
        if (start === undefined) throw new Error('the build has no start page');
        const needed = [start, ...chunks.filter((chunk) => start.imports.includes(chunk.fileName))];
        const asked = (name: string) => !html.includes(`/${name}"`);
        const scripts = needed.map((chunk) => chunk.fileName).filter(asked);
        const sheets = [...new Set(needed.flatMap((chunk) => [...(chunk.viteMetadata?.importedCss ?? [])]))].filter(asked);
        const own = html.match(/^ *<link rel="stylesheet".*\n/gmu) ?? [];
        const ownMoved = own.reduce((page, sheet) => page.replace(sheet, ''), html.replace('id="early" hidden', 'id="early"'));
        const head = [...scripts.map((name) => `<link rel="modulepreload" crossorigin href="/${name}">`), `<style>\n${styles()}</style>`];
        const foot = [...own.map((sheet) => sheet.trim()), ...sheets.map((name) => `<link rel="stylesheet" crossorigin href="/${name}">`)];
        return ownMoved.replace('</head>', `${head.join('\n    ')}\n  </head>`).replace('</body>', `${foot.join('\n    ')}\n  </body>`);
      },
    },
  };
}

export default defineConfig(({ command }) => {
  // A build that a test runner starts would otherwise hold the slow development form of React.
  if (command === 'build') process.env.NODE_ENV = 'production';
  return {
    root: here('.'),
    plugins: [react(), paintEarly(), precompress()],
    resolve: { alias: { '@': here('./src'), '#contract': here('../src/contract') } },
    build: {
      outDir: here('./dist'),
      emptyOutDir: true,
      target: 'es2023',
      modulePreload: { polyfill: false },
      assetsInlineLimit: 0,
      // Two files that all pages share instead of thirty: a browser asks for six at a time.
      rolldownOptions: {
        output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 3 }] } },
        // Where the build spends its seconds is no news to somebody who starts the product for the first time.
        checks: { pluginTimings: false },
      },
    },
    server: { proxy: Object.fromEntries(api.map((path) => [path, { target: server, changeOrigin: true, headers: { origin: server } }])) },
  };
});
