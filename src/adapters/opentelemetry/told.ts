import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from '#kernel/logger.ts';

/** Says once when spans can no longer be sent, and when they can again. */
export function told(exporter: SpanExporter, logger: Logger): SpanExporter {
  let lost = 0;
  return {
    export: (spans, done) =>
      exporter.export(spans, (result) => {
        if (result.code === 0) {
          if (lost > 0) logger.info({ lost }, 'the receiver of traces answers again');
          lost = 0;
        } else {
          if (lost === 0)
            logger.warn({ error: String(result.error?.message ?? 'unknown') }, 'traces cannot be sent; they are dropped until they can');
          lost += spans.length;
        }
        done(result);
      }),
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}
