"""The unmodified MLflow client against the server: what a data scientist does in a week, in one script."""

import math
import os
import tempfile

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag, ViewType
from mlflow.exceptions import MlflowException
from sklearn.linear_model import LogisticRegression

client = MlflowClient()


def experiments():
    first = mlflow.set_experiment("story")
    assert mlflow.set_experiment("story").experiment_id == first.experiment_id
    assert client.get_experiment_by_name("nobody") is None
    assert client.get_experiment("0").name == "Default"
    other = client.create_experiment("other", tags={"team": "blue"})
    client.set_experiment_tag(other, "stage", "draft")
    assert client.get_experiment(other).tags == {"team": "blue", "stage": "draft"}
    found = client.search_experiments(filter_string="tags.team = 'blue' AND name LIKE 'oth%'")
    assert [e.name for e in found] == ["other"], found
    client.rename_experiment(other, "renamed")
    client.delete_experiment(other)
    assert client.get_experiment(other).lifecycle_stage == "deleted"
    assert "renamed" not in [e.name for e in client.search_experiments()]
    assert [e.name for e in client.search_experiments(view_type=ViewType.DELETED_ONLY)] == ["renamed"]
    client.restore_experiment(other)
    names = [e.name for e in client.search_experiments(order_by=["name ASC"])]
    assert names == ["Default", "renamed", "story"], names
    return first.experiment_id


def logging(experiment_id):
    with mlflow.start_run(run_name="parent", tags={"kind": "demo"}, description="a *note*") as parent:
        mlflow.log_param("lr", 0.1)
        mlflow.log_params({"depth": 3, "name": "x y"})
        for step in range(5):
            mlflow.log_metric("loss", 1 / (step + 1), step=step)
        mlflow.log_metrics({"rmse": 0.5, "nan": math.nan, "inf": math.inf})
        mlflow.set_tag("ünïcode", "größe")
        mlflow.log_text("hello", "notes/read me.txt")
        mlflow.log_dict({"a": 1}, "ünï.json")
        mlflow.log_table({"x": [1, 2]}, "table.json")
        with tempfile.TemporaryDirectory() as folder:
            with open(os.path.join(folder, "data.csv"), "w") as out:
                out.write("a,b\n1,2\n")
            mlflow.log_artifacts(folder, "data")
        frame = mlflow.data.from_numpy(np.array([[1.0, 2.0]]), targets=np.array([1.0]), name="tiny")
        mlflow.log_input(frame, context="training")
        with mlflow.start_run(run_name="child", nested=True) as child:
            mlflow.log_metric("rmse", 0.25)
            mlflow.log_param("lr", 0.2)
    run = client.get_run(parent.info.run_id)
    assert run.info.status == "FINISHED" and run.info.end_time >= run.info.start_time
    assert run.data.params == {"lr": "0.1", "depth": "3", "name": "x y"}
    assert run.data.metrics["loss"] == 0.2 and math.isnan(run.data.metrics["nan"]) and run.data.metrics["inf"] == math.inf
    assert run.data.tags["ünïcode"] == "größe" and run.data.tags["mlflow.runName"] == "parent"
    assert run.data.tags["mlflow.note.content"] == "a *note*"
    assert [d.dataset.name for d in run.inputs.dataset_inputs] == ["tiny"]
    assert run.inputs.dataset_inputs[0].tags[0].value == "training"
    assert [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, "loss")] == [(s, 1 / (s + 1)) for s in range(5)]
    assert {a.path for a in client.list_artifacts(run.info.run_id)} == {"notes", "ünï.json", "table.json", "data"}
    assert [a.path for a in client.list_artifacts(run.info.run_id, "data")] == ["data/data.csv"]
    assert client.list_artifacts(run.info.run_id, "data")[0].file_size == 8
    assert mlflow.artifacts.load_text(run.info.artifact_uri + "/notes/read me.txt") == "hello"
    assert mlflow.artifacts.load_dict(run.info.artifact_uri + "/ünï.json") == {"a": 1}
    with tempfile.TemporaryDirectory() as folder:
        local = client.download_artifacts(run.info.run_id, "data", folder)
        assert open(os.path.join(local, "data.csv")).read() == "a,b\n1,2\n"
    try:
        client.log_param(run.info.run_id, "lr", "0.3")
        raise AssertionError("a parameter was changed")
    except MlflowException as error:
        assert error.error_code == "INVALID_PARAMETER_VALUE" and "Changing param values is not allowed" in str(error)
    client.set_tag(run.info.run_id, "gone", "soon")
    client.delete_tag(run.info.run_id, "gone")
    assert "gone" not in client.get_run(run.info.run_id).data.tags
    client.update_run(run.info.run_id, name="renamed run")
    assert client.get_run(run.info.run_id).info.run_name == "renamed run"
    children = client.search_runs([experiment_id], f"tags.mlflow.parentRunId = '{run.info.run_id}'")
    assert [r.info.run_id for r in children] == [child.info.run_id]
    return run.info.run_id


def batches(experiment_id):
    run = client.create_run(experiment_id)
    points = [Metric("many", i / 7, 1000 + i, i) for i in range(2500)]
    client.log_batch(run.info.run_id, points, [Param(f"p{i}", str(i)) for i in range(150)], [RunTag(f"t{i}", str(i)) for i in range(120)])
    assert len(client.get_metric_history(run.info.run_id, "many")) == 2500
    back = client.get_run(run.info.run_id)
    assert len(back.data.params) == 150 and len([t for t in back.data.tags if t.startswith("t")]) == 120
    with mlflow.start_run(run_id=run.info.run_id):
        for i in range(20):
            mlflow.log_metric("async", i, step=i, synchronous=False)
        mlflow.flush_async_logging()
    assert len(client.get_metric_history(run.info.run_id, "async")) == 20
    client.delete_run(run.info.run_id)
    try:
        client.log_metric(run.info.run_id, "late", 1)
        raise AssertionError("a deleted run was written to")
    except MlflowException as error:
        assert error.error_code == "INVALID_PARAMETER_VALUE", error
    client.restore_run(run.info.run_id)
    client.set_terminated(run.info.run_id, "KILLED")
    assert client.get_run(run.info.run_id).info.status == "KILLED"


def searching(experiment_id):
    ids = [experiment_id]

    def names(*args, **kwargs):
        return sorted(r.info.run_name for r in client.search_runs(ids, *args, **kwargs))

    assert names("metrics.rmse < 0.3") == ["child"]
    assert names("metrics.rmse < 0.9 and params.lr = '0.1'") == ["renamed run"]
    assert names("attributes.run_name ILIKE 'REN%'") == ["renamed run"]
    assert names("attributes.status = 'KILLED'") != []
    assert names("params.`name` = 'x y'") == ["renamed run"]
    assert names("tags.kind != 'other'") == ["renamed run"]
    assert names("datasets.name = 'tiny' and dataset.context = 'training'") == ["renamed run"]
    assert names("(metrics.rmse < 0.3 OR params.lr = '0.1') AND status = 'FINISHED'") == ["child", "renamed run"]
    ordered = client.search_runs(ids, order_by=["metrics.rmse DESC"])
    assert [r.data.metrics.get("rmse") for r in ordered] == [0.5, 0.25, None], ordered
    page = client.search_runs(ids, max_results=1, order_by=["metrics.rmse ASC"])
    seen = [page[0].info.run_id]
    while page.token:
        page = client.search_runs(ids, max_results=1, order_by=["metrics.rmse ASC"], page_token=page.token)
        seen += [r.info.run_id for r in page]
    assert len(seen) == len(set(seen)) == 3
    frame = mlflow.search_runs(ids)
    assert len(frame) == 3 and "metrics.rmse" in frame.columns
    for wrong in ["metrics.rmse << 1", "nonsense", "metrics.rmse = 'a'", "params.lr = 1", "foo.bar = 'x'"]:
        try:
            client.search_runs(ids, wrong)
            raise AssertionError(f"{wrong} was understood")
        except MlflowException as error:
            assert error.error_code == "INVALID_PARAMETER_VALUE", error


def models(experiment_id):
    x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])
    model = LogisticRegression().fit(x, y)
    with mlflow.start_run(run_name="training") as run:
        mlflow.log_metric("accuracy", 1.0)
        info = mlflow.sklearn.log_model(model, name="clf", registered_model_name="clf", input_example=x[:1], serialization_format="cloudpickle")
        mlflow.sklearn.log_model(model, name="again", serialization_format="cloudpickle")
    version = client.get_model_version("clf", "1")
    assert version.run_id == run.info.run_id and version.status == "READY" and version.source == f"models:/{info.model_id}"
    assert client.get_model_version_download_uri("clf", "1").startswith("mlflow-artifacts:/")
    client.set_registered_model_alias("clf", "champion", "1")
    assert client.get_model_version_by_alias("clf", "champion").version == "1"
    for uri in ["models:/clf@champion", "models:/clf/1", "models:/clf/latest", f"models:/{info.model_id}", f"runs:/{run.info.run_id}/clf"]:
        assert list(mlflow.pyfunc.load_model(uri).predict(x)) == [0, 0, 1, 1], uri
    second = mlflow.register_model(f"runs:/{run.info.run_id}/again", "clf")
    assert second.version == "2" and second.run_id == run.info.run_id
    logged = mlflow.search_logged_models(experiment_ids=[experiment_id], output_format="list")
    assert {m.name for m in logged} == {"clf", "again"}
    assert client.get_logged_model(info.model_id).metrics[0].key == "accuracy"
    only = mlflow.search_logged_models([experiment_id], "name = 'clf' AND metrics.accuracy >= 1", output_format="list")
    assert [m.model_id for m in only] == [info.model_id]
    client.set_logged_model_tags(info.model_id, {"checked": "yes"})
    client.delete_logged_model_tag(info.model_id, "checked")
    assert "mlflow.modelVersions" in client.get_logged_model(info.model_id).tags
    client.transition_model_version_stage("clf", "2", "staging")
    assert client.get_latest_versions("clf", ["Staging"])[0].version == "2"
    assert list(mlflow.pyfunc.load_model("models:/clf/Staging").predict(x)) == [0, 0, 1, 1]
    client.set_model_version_tag("clf", "2", "note", "n")
    client.update_model_version("clf", "2", description="second")
    assert [v.version for v in client.search_model_versions("name = 'clf' and tags.note = 'n'")] == ["2"]
    assert [v.version for v in client.search_model_versions("name = 'clf'", order_by=["version_number DESC"])] == ["2", "1"]
    client.set_registered_model_tag("clf", "task", "demo")
    assert [m.name for m in client.search_registered_models("tags.task = 'demo'")] == ["clf"]
    found = client.search_registered_models()
    assert [(m.name, m.aliases) for m in found] == [("clf", {"champion": "1"})], found
    copied = client.copy_model_version("models:/clf@champion", "promoted")
    assert copied.version == "1" and list(mlflow.pyfunc.load_model("models:/promoted/1").predict(x)) == [0, 0, 1, 1]
    client.rename_registered_model("promoted", "live")
    client.delete_model_version("clf", "1")
    assert client.get_registered_model("clf").aliases == {}
    client.delete_registered_model("live")
    assert [m.name for m in client.search_registered_models()] == ["clf"]
    client.delete_logged_model(info.model_id)
    third = client.create_model_version("clf", f"{run.info.artifact_uri}/x", run.info.run_id)
    assert third.version == "3"


def autolog():
    mlflow.sklearn.autolog(serialization_format="cloudpickle")
    x, y = np.arange(20.0).reshape(-1, 1), np.array([0] * 10 + [1] * 10)
    LogisticRegression().fit(x, y)
    mlflow.sklearn.autolog(disable=True)
    run = mlflow.last_active_run()
    assert run.data.params["C"] == "1.0" and "training_score" in run.data.metrics, run.data
    assert run.outputs.model_outputs and run.inputs.dataset_inputs


story = experiments()
logging(story)
batches(story)
searching(story)
models(story)
autolog()
print("ok", mlflow.__version__)
