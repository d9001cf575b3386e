import './compile-cache.js';

await import('../scripts/start.ts');
