"""The ONNX flavour, traces and MLflow's command line against the server."""

import json
import os

import mlflow
import numpy as np
from click.testing import CliRunner
from mlflow import MlflowClient
from mlflow.cli import cli
from skl2onnx import to_onnx
from sklearn.linear_model import LogisticRegression

client = MlflowClient()


def onnx_model():
    x = np.array([[0.0, 1.0], [1.0, 0.0], [2.0, 1.0], [3.0, 0.0]], dtype=np.float32)
    y = np.array([0, 0, 1, 1])
    converted = to_onnx(LogisticRegression().fit(x, y), x[:1], options={"zipmap": False})
    mlflow.set_experiment("onnx")
    with mlflow.start_run():
        mlflow.onnx.log_model(converted, name="model", registered_model_name="onnx-model", input_example=x[:1])
    client.set_registered_model_alias("onnx-model", "production", 1)
    loaded = mlflow.pyfunc.load_model("models:/onnx-model@production")
    answer = loaded.predict(x)
    assert list(np.asarray(answer["label"]).ravel()) == [0, 0, 1, 1], answer
    assert loaded.metadata.flavors["onnx"]["data"] == "model.onnx"
    info = mlflow.models.get_model_info("models:/onnx-model/1")
    assert "onnx" in info.flavors and info.run_id


def run(*args):
    result = CliRunner().invoke(cli, list(args), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def command_line():
    assert "Created experiment 'by-cli'" in run("experiments", "create", "-n", "by-cli")
    assert "by-cli" in run("experiments", "search")
    experiment = client.get_experiment_by_name("by-cli").experiment_id
    with mlflow.start_run(experiment_id=experiment, run_name="told") as active:
        mlflow.log_metric("m", 1)
        mlflow.log_text("text", "dir/file.txt")
    run_id = active.info.run_id
    assert "told" in run("runs", "list", "--experiment-id", experiment)
    assert json.loads(run("runs", "describe", "--run-id", run_id))["info"]["run_id"] == run_id
    assert json.loads(run("artifacts", "list", "--run-id", run_id))[0]["path"] == "dir"
    assert "file.txt" in run("artifacts", "list", "--run-id", run_id, "--artifact-path", "dir")
    where = run("artifacts", "download", "--run-id", run_id, "--artifact-path", "dir/file.txt").strip().splitlines()[-1]
    assert os.path.exists(where), where
    assert "told" in run("experiments", "csv", "--experiment-id", experiment)
    run("experiments", "rename", "--experiment-id", experiment, "--new-name", "by-cli-2")
    run("runs", "delete", "--run-id", run_id)
    run("runs", "restore", "--run-id", run_id)
    run("experiments", "delete", "--experiment-id", experiment)
    run("experiments", "restore", "--experiment-id", experiment)


def traces():
    experiment = mlflow.set_experiment("traced").experiment_id

    @mlflow.trace
    def outer(x):
        with mlflow.start_span("inner") as span:
            span.set_inputs({"x": x})
        return x + 1

    assert outer(1) == 2
    mlflow.flush_trace_async_logging()
    trace_id = mlflow.get_last_active_trace_id()
    trace = client.get_trace(trace_id)
    assert trace.info.state == "OK" and {s.name for s in trace.data.spans} == {"outer", "inner"}
    assert trace.info.tags["mlflow.trace.spansLocation"] == "TRACKING_STORE"
    client.set_trace_tag(trace_id, "checked", "yes")
    found = mlflow.search_traces(locations=[experiment], filter_string="tags.checked = 'yes' AND trace.status = 'OK'", return_type="list")
    assert [t.info.trace_id for t in found] == [trace_id]
    client.delete_trace_tag(trace_id, "checked")
    assert client.delete_traces(experiment, trace_ids=[trace_id]) == 1


def scorers():
    experiment = mlflow.set_experiment("judged by client").experiment_id
    store = client._tracking_client.store
    first = store.register_scorer(experiment, "polite", '{"name": "polite"}')
    assert first.scorer_version == 1 and store.register_scorer(experiment, "polite", "{}").scorer_version == 2
    assert [s.scorer_version for s in store.list_scorers(experiment)] == [2]
    assert store.get_scorer(experiment, "polite", version=1).scorer_id == first.scorer_id
    store.delete_scorer(experiment, "polite")
    assert store.list_scorers(experiment) == []


onnx_model()
traces()
scorers()
command_line()
print("ok", mlflow.__version__)
