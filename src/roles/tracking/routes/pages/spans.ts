import { z } from 'zod';
import { TraceById } from '#contract/http/mlflow/traces.ts';
import { pageRoute } from './input.ts';

/** GET /api/v1/tracking/traces/{trace_id}/spans */
export const spansOfTrace = pageRoute({
  method: 'GET',
  path: '/api/v1/tracking/traces/:trace_id/spans',
  summary: 'Spans of a trace that came by OTLP, each as JSON text',
  access: 'viewer',
  input: TraceById,
  answer: z.object({ items: z.array(z.string()) }),
  handle: async ({ store }, { trace_id }) => ({ items: await store.spanContents(trace_id) }),
});
