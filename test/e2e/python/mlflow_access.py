"""What MLflow's client may do with the credentials in its environment. Usage: mlflow_access.py allowed|refused"""

import sys

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.utils.rest_utils import http_request_safe


def error_of(work):
    try:
        work()
    except MlflowException as error:
        return error
    raise AssertionError("nothing was refused")


client = MlflowClient()
if sys.argv[1] == "refused":
    for work in (client.search_experiments, lambda: client.create_experiment("x"), lambda: client.search_registered_models()):
        refused = error_of(work)
        assert "401" in str(refused) or refused.error_code == "UNAUTHENTICATED", refused
else:
    with mlflow.start_run() as run:
        mlflow.log_metric("m", 1)
        mlflow.log_text("hello", "note.txt")
    assert client.get_run(run.info.run_id).data.metrics == {"m": 1.0}
    assert mlflow.artifacts.load_text(f"{run.info.artifact_uri}/note.txt") == "hello"
    # As on a server of MLflow without its basic-auth app.
    creds = client._tracking_client.store.get_host_creds()
    for path in ("users/get?username=ada", "experiments/permissions/get?experiment_id=0&username=ada"):
        missing = error_of(lambda path=path: http_request_safe(creds, f"/api/2.0/mlflow/{path}", "GET"))
        assert missing.error_code == "ENDPOINT_NOT_FOUND", missing.to_json()
print("ok", mlflow.__version__)
