import { randomBytes } from 'node:crypto';
import { DeleteBucketCommand, DeleteObjectsCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3';
import { requireService } from './available.ts';

export interface FreshBucket extends AsyncDisposable {
  readonly name: string;
  /** `http://127.0.0.1:PORT` */
  readonly endpoint: string;
  /** What a program needs in its environment to reach the server. */
  readonly env: Readonly<Record<string, string>>;
  /** A client of the test's own. */
  readonly client: S3Client;
}

/** A bucket name that nobody else uses; the bucket is made by whoever is tested, and removed at the end. @throws if no server runs (see `describeWith`) */
export async function freshBucket(): Promise<FreshBucket> {
  const {
    TRAINYARD_TEST_S3: endpoint = '',
    TRAINYARD_TEST_S3_KEY: key = '',
    TRAINYARD_TEST_S3_SECRET: secret = '',
  } = await requireService('minio');
  const name = `test-${process.pid}-${randomBytes(6).toString('hex')}`;
  const credentials = { accessKeyId: key, secretAccessKey: secret };
  const client = new S3Client({ endpoint, forcePathStyle: true, region: 'us-east-1', credentials });
  return {
    name,
    endpoint,
    client,
    env: { AWS_ACCESS_KEY_ID: key, AWS_SECRET_ACCESS_KEY: secret, MLFLOW_S3_ENDPOINT_URL: endpoint },
    async [Symbol.asyncDispose]() {
      await remove(client, name);
      client.destroy();
    },
  };
}

async function remove(client: S3Client, bucket: string): Promise<void> {
  try {
    for await (const { Contents = [] } of paginateListObjectsV2({ client }, { Bucket: bucket })) {
      const Objects = Contents.map(({ Key }) => ({ Key }));
      if (Objects.length > 0) await client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }));
    }
    await client.send(new DeleteBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if ((error as Error).name !== 'NoSuchBucket') throw error;
  }
}
