import { storeAt } from '#ports/database.ts';
import type { MonitoringStore } from './store.ts';

export const monitoringStore = storeAt<MonitoringStore>('monitoring', new URL('./store.ts', import.meta.url));
