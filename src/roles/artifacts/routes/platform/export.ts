import { ExportModel } from '#contract/http/platform/artifacts.ts';
import { Reply, type Route } from '#http/route.ts';
import { tarSize, writeTar } from '#kernel/tar.ts';
import { exportContents } from '../../export/contents.ts';
import { downloadHeaders } from '../../files.ts';
import type { ArtifactsDeps } from '../../route.ts';

/** GET /api/v1/registry/export?name=&version= or &alias= */
export const exportModel: Route<ArtifactsDeps, typeof ExportModel> = {
  method: 'GET',
  path: '/api/v1/registry/export',
  summary: 'A model version as a tar archive, with a README that tells how to run it elsewhere',
  access: 'viewer',
  tag: 'artifacts',
  input: ExportModel,
  async handle({ at, tracking, registry }, { name, version, alias }) {
    const found = await registry.resolve(`models:/${name}${alias === undefined ? `/${version}` : `@${alias}`}`);
    const files = await exportContents({ at, tracking }, found);
    const headers = downloadHeaders(`${found.name}-v${found.version}.tar`, tarSize(files));
    return new Reply(200, writeTar(files, found.created_ms), { ...headers, 'x-model-version': found.version });
  },
};
