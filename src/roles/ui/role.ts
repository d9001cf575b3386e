import { z } from 'zod';
import { defineRole } from '../define-role.ts';

export default defineRole({
  name: 'ui',
  summary: 'The web pages and the API documentation, all offline.',
  config: z.object({}),
  needs: [],
  peers: [],
  prefixes: ['/'],
  load: () => import('./start.ts'),
});
