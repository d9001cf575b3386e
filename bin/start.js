import './quick-modules.js';

await import('../scripts/start.ts');
