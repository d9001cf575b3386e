import type { Socket } from 'node:net';
import type { GrpcServer } from '#http/grpc/server.ts';
import type { Logger } from '#kernel/logger.ts';
import type { Replica } from '#roles/serving/replica.ts';
import type { HttpLimits } from '../config/core.ts';
import { guardOf } from '../guard.ts';
import type { Begin } from './orders.ts';

/** A worker's share of the gRPC port: connections that the main process accepted. Its library is loaded with the first of them. */
export class WorkerGrpc {
  readonly #open: () => Promise<GrpcServer>;
  #server: Promise<GrpcServer> | undefined;

  constructor({ config, token, mainGrpcSocket }: Begin, replica: Replica, { logger, limits }: { logger: Logger; limits: HttpLimits }) {
    this.#open = async () => {
      const [{ openGrpc }, { GrpcRelay }] = await Promise.all([import('#http/grpc/server.ts'), import('#http/grpc/relay.ts')]);
      const { methods, isAnsweredHere } = replica.grpc();
      const maxMessageBytes = (config.roles['serving'] as { max_tensor_bytes: number }).max_tensor_bytes;
      const relay = new GrpcRelay({ path: mainGrpcSocket, maxMessageBytes, isAnsweredHere });
      return openGrpc({ methods, relay, maxMessageBytes, guard: guardOf(config.core, token), logger, ...limits });
    };
  }

  serve(connection: Socket): void {
    this.#server ??= this.#open();
    this.#server.then(
      (server) => {
        server.serve(connection);
        connection.resume();
      },
      () => {
        connection.destroy();
        // The next connection tries again.
        this.#server = undefined;
      },
    );
  }

  async stop(graceMs: number): Promise<void> {
    const server = await this.#server?.catch(() => undefined);
    await server?.stop(graceMs);
  }
}
