import { storeAt } from '#ports/database.ts';
import type { RegistryStore } from './store.ts';
import type { WebhookStore } from './webhooks/store.ts';

export const registryStore = storeAt<RegistryStore>('registry', new URL('./store.ts', import.meta.url));
export const webhookStore = storeAt<WebhookStore>('registry-webhooks', new URL('./webhooks/store.ts', import.meta.url));
