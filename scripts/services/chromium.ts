import { existsSync } from 'node:fs';
import type { Service } from './service.ts';
import { aptInstall, which } from './system.ts';

function executable(): string | null {
  const named = process.env.CHROMIUM;
  if (named) return existsSync(named) ? named : null;
  return which('chromium') ?? which('chromium-browser') ?? which('google-chrome');
}

export const chromium: Service = {
  name: 'chromium',
  summary: 'a real browser for the walks through the pages',
  installed: executable,
  install: () => aptInstall('chromium', 'fonts-dejavu-core'),
  async env() {
    const path = executable();
    return path === null ? null : { CHROMIUM: path };
  },
};
