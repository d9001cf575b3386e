/** Where MLflow's endpoints are mounted: clients use `/api`, its pages `/ajax-api`; version 3 serves version 2's paths as well. */
export const MLFLOW_MOUNTS = ['/api/2.0', '/ajax-api/2.0', '/api/3.0', '/ajax-api/3.0'] as const;
