import { storeAt } from '#ports/database.ts';
import type { DeploymentStore } from './store.ts';

export const deploymentStore = storeAt<DeploymentStore>('serving', new URL('./store.ts', import.meta.url));
