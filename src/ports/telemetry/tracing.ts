/** Values that describe a span, by name. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** What a span says of a request. Times are of `performance.now()`. */
export interface SpanStart {
  readonly name: string;
  /** W3C Trace Context of the caller, as its headers say it; damaged ones count as none. */
  readonly traceparent: string | undefined;
  readonly tracestate: string | undefined;
  readonly startedAt: number;
  readonly attributes: SpanAttributes;
}

/** A part of a request that took its own time. */
export interface PartSpan {
  readonly name: string;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly attributes: SpanAttributes;
}

/** One request that is being answered, as a span of kind SERVER. */
export interface RequestSpan {
  /** Its own W3C Trace Context, for whoever goes on from here. */
  readonly traceparent: string;
  /** Whether anybody will see it: what is not sampled need not be described. */
  readonly isRecorded: boolean;
  set(attributes: SpanAttributes): void;
  part(part: PartSpan): void;
  /** @param error why the server failed; refusals of the caller's mistakes are no errors of the server */
  end(error?: string): void;
}

/** Where traces go. */
export interface Tracing {
  /** False where nobody asked for traces: then nothing is started. */
  readonly isOn: boolean;
  start(span: SpanStart): RequestSpan;
  /** Sends what has been collected. */
  close(): Promise<void>;
}
