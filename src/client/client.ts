import { type ClientOptions, Http } from './http.ts';
import { Predictions } from './predictions.ts';
import { Registry } from './registry.ts';
import { Runs } from './runs.ts';

export { type FieldProblem, TrainyardError, UnreachableError } from './errors.ts';
export type { ClientOptions } from './http.ts';
export type { PredictionFilter, PredictOptions, Row } from './predictions.ts';
export type { AliasMove, NewVersion } from './registry.ts';
export type { Point, Run, RunSnapshot } from './run.ts';
export type { NewRun, RunSearch } from './runs.ts';

/** A Trainyard server from a program: `new Trainyard({ url: 'http://127.0.0.1:8000' })`. Needs nothing but fetch. */
export class Trainyard {
  readonly runs: Runs;
  readonly registry: Registry;
  readonly predictions: Predictions;

  constructor(options: ClientOptions = {}) {
    const http = new Http(options);
    this.runs = new Runs(http);
    this.registry = new Registry(http);
    this.predictions = new Predictions(http);
  }
}
