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

export default defineConfig(({ command }) => {
  // A build that a test runner starts would otherwise hold the slow development form of React.
  if (command === 'build') process.env.NODE_ENV = 'production';
  return {
    root: here('.'),
    plugins: [react(), precompress()],
    resolve: { alias: { '@': here('./src'), '#contract': here('../src/contract') } },
    build: { outDir: here('./dist'), emptyOutDir: true, target: 'es2023', modulePreload: { polyfill: false }, assetsInlineLimit: 0 },
    server: { proxy: Object.fromEntries(api.map((path) => [path, { target: server, changeOrigin: true, headers: { origin: server } }])) },
  };
});
