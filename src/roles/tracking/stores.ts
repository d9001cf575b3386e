import { storeAt } from '#ports/database.ts';
import type { DatasetStore } from './datasets/store.ts';
import type { TrackingStore } from './store.ts';

export const trackingStore = storeAt<TrackingStore>('tracking', new URL('./store.ts', import.meta.url));
export const datasetStore = storeAt<DatasetStore>('tracking-datasets', new URL('./datasets/store.ts', import.meta.url));
