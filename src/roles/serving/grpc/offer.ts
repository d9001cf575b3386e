import type { Component, RunningRole } from '#roles/define-role.ts';
import { type GrpcDeps, grpcMethods } from './methods.ts';

/** Triton's port. */
const DEFAULT_PORT = 8001;

/** The role's gRPC face as the program opens it, and what pages tell of it. */
export function grpcOffer(
  deps: GrpcDeps,
  config: { readonly grpc_port?: number | 'off' | undefined; readonly max_tensor_bytes: number },
): { readonly offer: Pick<RunningRole, 'grpc'>; readonly components: () => Component[] } {
  const { grpc_port: port } = config;
  if (port === 'off') return { offer: {}, components: () => [] };
  let component: Component | undefined;
  const describe = (state: Component['state'], detail: string): Component => ({ name: 'inference over gRPC', kind: 'grpc', state, detail });
  return {
    offer: {
      grpc: {
        port: port ?? DEFAULT_PORT,
        isChosen: port !== undefined,
        maxMessageBytes: config.max_tensor_bytes,
        methods: grpcMethods(deps),
        opened: (place) => {
          component = 'address' in place ? describe('ok', place.address) : describe('down', place.reason);
        },
      },
    },
    components: () => (component ? [component] : []),
  };
}
