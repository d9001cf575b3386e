/** Sends JSON and reads JSON. */
export async function post<R>(url: string, body: unknown, method = 'POST'): Promise<R> {
  const response = await fetch(url, { method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`);
  return (await response.json()) as R;
}

interface Job {
  readonly state: string;
  readonly error: string | null;
}

/** Trains a tree on Iris, registers and deploys it as `iris`. */
export async function trainAndDeploy(url: string): Promise<void> {
  const request = { data: 'example:iris.csv', target: 'species', learner: 'tree', register: 'iris', deploy: 'iris', alias: 'production' };
  await trained(url, request);
}

/** Runs a training job to its end. @throws when it does not succeed */
export async function trained(url: string, request: object): Promise<void> {
  const { job_id } = await post<{ job_id: string }>(`${url}/api/v1/training/jobs`, request);
  for (;;) {
    const job = (await (await fetch(`${url}/api/v1/training/jobs/${job_id}`)).json()) as Job;
    if (job.state === 'succeeded') return;
    if (job.state !== 'queued' && job.state !== 'running') throw new Error(job.error ?? job.state);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
