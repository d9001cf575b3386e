import { checkJsonType } from '#http/body.ts';
import { infer } from '../oip/infer.ts';
import { writeInferAnswer } from '../oip/rest-answer.ts';
import { readInferRequest } from '../oip/rest-request.ts';
import type { LooseModels } from '../runtime/loose-models.ts';
import type { Predictor } from '../runtime/predictor.ts';
import type { Endpoint } from './exchange.ts';

export interface OipEndpointDeps {
  readonly loose: LooseModels;
  readonly predictor: Predictor;
  readonly maxBodyBytes: number;
}

/** POST /v2/models/{model}[/versions/{version}]/infer, in JSON and with the binary tensor extension. */
export function oipEndpoint({ loose, predictor, maxBodyBytes }: OipEndpointDeps): Endpoint {
  return {
    pattern: /^\/v2\/models\/(?<model>[^/]+)(?:\/versions\/(?<version>[^/]+))?\/infer\/?$/u,
    style: 'oip',
    maxBodyBytes,
    async answer({ params, headers, body, bytes, requestId, arrivedAt, caller, timeoutMs, trace, variant }) {
      checkJsonType(headers['content-type'], 'oip', 'POST');
      const name = params['model'] as string;
      const target = await loose.find(name, params['version'], variant);
      const { session } = target.live.model;
      const length = headers['inference-header-content-length'];
      const call = readInferRequest(body, typeof length === 'string' ? length : undefined, {
        name,
        inputs: session.inputs,
        outputs: session.outputs,
      });
      const result = await infer(predictor, target, { call, asked: { name, requestId, bytes, arrivedAt, caller, timeoutMs, trace } });
      return { status: 200, ...writeInferAnswer(result) };
    },
  };
}
