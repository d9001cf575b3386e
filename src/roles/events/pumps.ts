import type { Metrics } from '#http/metrics.ts';
import type { Logger } from '#kernel/logger.ts';
import type { LogSource } from '#ports/event-log.ts';
import type { Sink } from './api.ts';
import { metrics as specs } from './metrics.ts';
import { Pump } from './pump.ts';

interface Parts {
  readonly sources: readonly LogSource[];
  readonly metrics: Metrics;
  readonly logger: Logger;
  readonly lingerMs: number;
  readonly signal: AbortSignal;
}

/** Every sink on every log partition. */
export class Pumps {
  readonly #parts: Parts;
  readonly #pumps: Pump[] = [];
  readonly #running: Promise<void>[] = [];
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#signal = AbortSignal.any([parts.signal, this.#stop.signal]);
    const lag = parts.metrics.gauge(specs.lag);
    parts.metrics.onScrape(() => {
      for (const [sink, events] of this.lags()) lag.set(events, { sink });
    });
  }

  attach(sink: Sink): void {
    const { metrics, logger, lingerMs } = this.#parts;
    const labels = { sink: sink.name };
    const applied = metrics.counter(specs.applied).at(labels);
    const failures = metrics.counter(specs.failures).at(labels);
    const lost = metrics.counter(specs.lost).at(labels);
    for (const source of this.#parts.sources) {
      const pump = new Pump({
        source,
        sink,
        signal: this.#signal,
        logger,
        lingerMs,
        onApplied: ({ from, to }) => {
          applied.value += to - from;
        },
        onFailure: () => {
          failures.value++;
        },
        onGap: (events) => {
          lost.value += events;
        },
      });
      this.#pumps.push(pump);
      this.#running.push(pump.run());
    }
  }

  /** Whether the sink has everything that was in the logs at the call; false after `timeoutMs`. */
  async caughtUp(sink: string, timeoutMs: number): Promise<boolean> {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = AbortSignal.any([timeout, this.#signal]);
    const pumps = this.#pumps.filter((pump) => pump.sink === sink);
    await Promise.all(pumps.map(async (pump) => pump.reached(await pump.source.head(), signal)));
    return !signal.aborted;
  }

  /** Events that wait, by sink. */
  lags(): Map<string, number> {
    const lags = new Map<string, number>();
    for (const pump of this.#pumps) lags.set(pump.sink, (lags.get(pump.sink) ?? 0) + pump.lag);
    return lags;
  }

  /** Sinks whose last try failed. */
  failing(): string[] {
    return [...new Set(this.#pumps.filter((pump) => pump.failing).map((pump) => pump.sink))];
  }

  /** Ends after what is being applied. What remains is taken at the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#running);
  }
}
