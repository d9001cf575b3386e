import { rmSync } from 'node:fs';
import { createServer, type ListenOptions, type Server, type Socket } from 'node:net';
import { type GrpcServer, type GrpcServerOptions, openGrpc } from './server.ts';

export interface GrpcPlace {
  readonly host: string;
  readonly port: number;
  /** Takes a connection for another process; false leaves it here. */
  readonly handOver?: (connection: Socket) => boolean;
  /** Unix socket where processes of this program are answered. */
  readonly alsoAt?: string;
}

const BACKLOG = 1024;

/** Listens for gRPC. @throws what listening throws */
export async function startGrpc({
  host,
  port,
  handOver,
  alsoAt,
  ...options
}: GrpcServerOptions & GrpcPlace): Promise<Pick<GrpcServer, 'stop'> & { readonly port: number }> {
  const grpc = openGrpc(options);
  // Nothing may be read of a connection that goes to another process.
  const listener = createServer({ pauseOnConnect: handOver !== undefined, noDelay: true }, (connection) => {
    if (handOver?.(connection)) return;
    grpc.serve(connection);
    connection.resume();
  });
  const open = [listener];
  try {
    await listening(listener, { host, port, backlog: BACKLOG });
    if (alsoAt !== undefined) {
      rmSync(alsoAt, { force: true });
      const near = createServer((connection) => grpc.serve(connection));
      open.push(near);
      await listening(near, { path: alsoAt, backlog: BACKLOG });
    }
  } catch (error) {
    for (const server of open) server.close();
    await grpc.stop(0);
    throw error;
  }
  return {
    port: (listener.address() as { port: number }).port,
    stop: async (graceMs) => {
      for (const server of open) server.close();
      await grpc.stop(graceMs);
    },
  };
}

function listening(server: Server, place: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(place, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
}
