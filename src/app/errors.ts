import { catalogue, type ErrorSpec } from '#kernel/errors.ts';

export const { specs, fail } = catalogue({
  configInvalid: {
    code: 'CONFIG_INVALID',
    status: 500,
    message: ({ problems }) =>
      `The configuration has ${problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`}:\n${problems.map((p) => `  - ${p}`).join('\n')}`,
    hint: 'trainyard config print shows every key with its value.',
  } satisfies ErrorSpec<{ problems: readonly string[] }>,
  folderTaken: {
    code: 'DATA_FOLDER_TAKEN',
    status: 500,
    message: ({ folder, owner }) =>
      `The data folder ${folder} belongs to another running Trainyard${owner}: stop that one, or give another folder with --data.`,
  } satisfies ErrorSpec<{ folder: string; owner: string }>,
  folderUnusable: {
    code: 'DATA_FOLDER_UNUSABLE',
    status: 500,
    message: ({ folder, reason }) =>
      `The data folder ${folder} cannot be used (${reason}): give another one with --data, or mend its permissions.`,
  } satisfies ErrorSpec<{ folder: string; reason: string }>,
  placeUnusable: {
    code: 'PLACE_UNUSABLE',
    status: 500,
    message: ({ key, folder, reason }) =>
      `The folder ${folder} of ${key} cannot be used (${reason}): name another place (--backend-store-uri is database.url, --artifacts-destination is blobs.root), or mend its permissions.`,
  } satisfies ErrorSpec<{ key: string; folder: string; reason: string }>,
  grpcPortTaken: {
    code: 'GRPC_PORT_TAKEN',
    status: 500,
    message: ({ host, port }) =>
      `The gRPC port ${port} on ${host} is in use: stop what listens there, or choose another with TRAINYARD__SERVING__GRPC_PORT (0 picks a free one, off does without gRPC).`,
  } satisfies ErrorSpec<{ host: string; port: number }>,
  portTaken: {
    code: 'PORT_TAKEN',
    status: 500,
    message: ({ host, port }) =>
      `Port ${port} on ${host} is in use: stop what listens there, or choose another with --port (0 picks a free one).`,
  } satisfies ErrorSpec<{ host: string; port: number }>,
  tokenMissing: {
    code: 'TOKEN_MISSING',
    status: 500,
    message: ({ host }) =>
      `Listening on ${host} would let the network change models: set TRAINYARD_TOKEN, or http.token_file to have one generated, or listen on 127.0.0.1.`,
  } satisfies ErrorSpec<{ host: string }>,
  addressUnusable: {
    code: 'ADDRESS_UNUSABLE',
    status: 500,
    message: ({ host, port, reason }) =>
      `Cannot listen on ${host}, port ${port} (${reason}): choose an address of this machine with --host and a port above 1023 with --port.`,
  } satisfies ErrorSpec<{ host: string; port: number; reason: string }>,
  tokenFileUnusable: {
    code: 'TOKEN_FILE_UNUSABLE',
    status: 500,
    message: ({ file, reason }) =>
      `The token file ${file} cannot be used (${reason}): mend or remove it, then a new token is generated, or set TRAINYARD_TOKEN.`,
  } satisfies ErrorSpec<{ file: string; reason: string }>,
  peerMissing: {
    code: 'PEER_MISSING',
    status: 500,
    message: ({ role, peer }) =>
      `Role '${role}' needs role '${peer}', which does not run here: add it to --target, or say where it runs with --peer ${peer}=http://HOST:PORT.`,
  } satisfies ErrorSpec<{ role: string; peer: string }>,
  peerUnreachable: {
    code: 'PEER_UNREACHABLE',
    status: 503,
    message: ({ peer, url, reason }) => `Role '${peer}' at ${url} does not answer: ${reason}`,
  } satisfies ErrorSpec<{ peer: string; url: string; reason: string }>,
  mainProcessGone: {
    code: 'MAIN_PROCESS_GONE',
    status: 503,
    message: ({ reason }) => `The main process of this server does not answer: ${reason}`,
    hint: 'Predictions go on for the moment; it is being stopped or started again.',
  } satisfies ErrorSpec<{ reason: string }>,
  workersNeedEvents: {
    code: 'WORKERS_NEED_EVENTS',
    status: 500,
    message: ({ missing }) =>
      `serving.workers: several processes need role '${missing}' in the main one, which collects their events: add it to --target, or set serving.workers to 1.`,
  } satisfies ErrorSpec<{ missing: string }>,
  roleUnknown: {
    code: 'TARGET_UNKNOWN',
    status: 500,
    message: ({ target, known }) => `There is no target '${target}': use ${known}.`,
  } satisfies ErrorSpec<{ target: string; known: string }>,
  roleCycle: {
    code: 'ROLE_CYCLE',
    status: 500,
    message: ({ cycle }) => `Roles need each other in a circle: ${cycle}.`,
  } satisfies ErrorSpec<{ cycle: string }>,
});
