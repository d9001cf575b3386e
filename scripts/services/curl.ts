import type { Service } from './service.ts';
import { aptInstall, which } from './system.ts';

export const curl: Service = {
  name: 'curl',
  summary: "what the README's lines and scripts/calls.sh ask with",
  installed: () => which('curl'),
  install: () => aptInstall('curl'),
  async env() {
    return which('curl') === null ? null : {};
  },
};
