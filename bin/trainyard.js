#!/usr/bin/env node
import './quick-modules.js';

await import('../src/main.ts');
