/** Where MLflow's endpoints are mounted: clients use `/api`, its pages `/ajax-api`; version 3 serves version 2's paths as well. */
export const MLFLOW_MOUNTS = ['/api/2.0', '/ajax-api/2.0', '/api/3.0', '/ajax-api/3.0'] as const;

/** The mount whose paths stand for those of all others. */
export const MLFLOW_MOUNT: string = MLFLOW_MOUNTS[0];

/** A path below any mount as it is below the first one; other paths as they are. */
export function belowFirstMount(path: string): string {
  const mount = MLFLOW_MOUNTS.find((other) => path.startsWith(`${other}/`));
  return mount === undefined || mount === MLFLOW_MOUNT ? path : MLFLOW_MOUNT + path.slice(mount.length);
}
