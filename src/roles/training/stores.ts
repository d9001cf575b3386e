import { storeAt } from '#ports/database.ts';
import type { TrainingStore } from './store.ts';

export const trainingStore = storeAt<TrainingStore>('training', new URL('./store.ts', import.meta.url));
