import type { InspectionAnswer, UploadAnswer } from '#contract/http/platform/uploads.ts';
import { sendFile } from '../request.ts';

export type Inspection = InspectionAnswer;
export type Uploaded = UploadAnswer;
export type UploadAs = UploadAnswer['as'];

export interface Upload {
  readonly as: UploadAs;
  readonly reason: string;
  readonly acceptChanges: boolean;
}

const at = (deployment: string): string => `/api/v1/deployments/${encodeURIComponent(deployment)}`;

/** Reads, loads and runs the file on the server, which keeps nothing. */
export const inspectFile = (deployment: string, file: File, signal?: AbortSignal): Promise<Inspection> =>
  sendFile(`${at(deployment)}/inspect`, { file, query: { file: file.name } }, signal);

export const uploadFile = (deployment: string, file: File, { as, reason, acceptChanges }: Upload): Promise<Uploaded> =>
  sendFile(`${at(deployment)}/versions`, { file, query: { file: file.name, as, reason, accept_changes: String(acceptChanges) } });
