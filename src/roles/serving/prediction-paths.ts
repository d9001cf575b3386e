import type { CompatName } from '#contract/http/platform/deployments.ts';
import type { DirectHandler } from '#http/direct/connection.ts';
import type { FastHandler } from '#http/route.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Tracing } from '#ports/telemetry/tracing.ts';
import { frontPage } from './compat/front-page.ts';
import { type Endpoint, exchangeHandler } from './exchange/exchange.ts';
import { Idempotency } from './exchange/idempotency.ts';
import { oipEndpoint } from './exchange/oip-endpoint.ts';
import { plainEndpoint } from './exchange/plain-endpoint.ts';
import { invocationsEndpoint } from './exchange/scoring-endpoints.ts';
import { v1Endpoint } from './exchange/v1-endpoint.ts';
import type { ServingMetrics } from './metrics.ts';
import { predictDirect, predictHandler } from './protocol/predict-handler.ts';
import type { Deployment } from './runtime/deployment.ts';
import type { Deployments } from './runtime/deployments.ts';
import type { LooseModels } from './runtime/loose-models.ts';
import type { Predictor } from './runtime/predictor.ts';
import type { Scorer } from './runtime/scorer.ts';

export interface PredictionPathDeps {
  readonly deployments: Deployments;
  readonly loose: LooseModels;
  readonly scorer: Scorer;
  readonly predictor: Predictor;
  readonly metrics: ServingMetrics;
  readonly logger: Logger;
  readonly limits: PredictionLimits;
  readonly tracing: Tracing;
  /** Of this program. */
  readonly version: string;
}

export interface PredictionLimits {
  readonly compat?: CompatName | undefined;
  readonly max_rows_per_request: number;
  readonly max_body_bytes: number;
  readonly max_tensor_bytes: number;
  readonly timeout_ms: number;
  readonly idempotency_entries: number;
  readonly idempotency_bytes: number;
}

/** All paths that score rows, past the framework: the plain API first, whose cost counts most. */
export function predictionPaths(deps: PredictionPathDeps): { readonly fast: FastHandler; readonly direct: DirectHandler } {
  const { limits, metrics, logger, loose, predictor, deployments } = deps;
  const tracing = deps.tracing.isOn ? deps.tracing : undefined;
  const { max_body_bytes: maxBodyBytes, max_rows_per_request: maxRows, timeout_ms: timeoutMs } = limits;
  const compatOf = (deployment: Deployment): CompatName | undefined =>
    deployment.stored.compat ?? (limits.compat !== undefined && deployment.name === deployments.defaultName() ? limits.compat : undefined);
  const speaksCompat = (name: string | undefined): boolean => {
    const found = deployments.find(name ?? deployments.defaultName());
    return found !== undefined && compatOf(found) !== undefined;
  };
  const plainDeps = { ...deps, tracing, speaksCompat, limits: { maxBodyBytes, maxRows, timeoutMs } };
  const plain = predictHandler(plainDeps);
  const idempotency = new Idempotency({ entries: limits.idempotency_entries, bytes: limits.idempotency_bytes });
  const scoring = { deployments, loose, predictor, maxBodyBytes };
  const endpoints: Endpoint[] = [
    oipEndpoint({ loose, predictor, maxBodyBytes: limits.max_tensor_bytes }),
    plainEndpoint({ deployments, predictor, maxBodyBytes, compatOf }),
    invocationsEndpoint(scoring),
    v1Endpoint(scoring),
  ];
  const others = exchangeHandler({ metrics, logger, idempotency, tracing }, endpoints);
  const compat = (): CompatName | undefined => {
    const found = deployments.find(deployments.defaultName());
    return found && compatOf(found);
  };
  const front = frontPage({ compat, version: deps.version });
  return {
    fast: (...request) => plain(...request) || others(...request) || front(...request),
    direct: predictDirect(plainDeps),
  };
}
