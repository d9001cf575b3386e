import type { Peers } from '#roles/define-role.ts';
import { type PeerClient, peerClient } from './client.ts';

type RemoteMakers = { readonly [K in keyof Peers]?: (client: PeerClient) => Promise<Peers[K]> };

/** Roles whose api can be reached over HTTP, each with the client that speaks it. */
const REMOTE: RemoteMakers = {
  registry: async (client) => (await import('./registry.ts')).remoteRegistry(client),
  artifacts: async (client) => (await import('./artifacts.ts')).remoteArtifacts(client),
  serving: async (client) => (await import('./serving.ts')).remoteServing(client),
  tracking: async (client) => (await import('./tracking.ts')).remoteTracking(client),
};

/** The api of a role that runs in another process, or undefined when that role cannot be reached from afar. */
export async function remotePeer<K extends keyof Peers>(name: K, url: string, token: string | undefined): Promise<Peers[K] | undefined> {
  const make = REMOTE[name] as ((client: PeerClient) => Promise<Peers[K]>) | undefined;
  return make?.(peerClient(name, url, token));
}
