"""Many of everything through the unmodified MLflow client: writers at once, pages of runs, a long history, pictures; and with the argument `serving` a model
that MLflow serves itself."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric
from PIL import Image
from sklearn.linear_model import LogisticRegression

WRITERS = 10
POINTS_EACH = 200


def write(number, experiment, shared):
    """One of several processes: a run of its own, and points of one metric of a run that all write to."""
    mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])
    client = MlflowClient()
    with mlflow.start_run(experiment_id=experiment, run_name=f"writer-{number}"):
        mlflow.log_params({f"p{i}": i for i in range(20)})
        for step in range(10):
            mlflow.log_metric("own", step * number, step=step)
    for first in range(0, POINTS_EACH, 50):
        steps = range(number * POINTS_EACH + first, number * POINTS_EACH + first + 50)
        client.log_batch(shared, [Metric("shared", step / 2, 1000 + step, step) for step in steps])
    return number


def writers(client):
    experiment = client.create_experiment("writers")
    shared = client.create_run(experiment, run_name="shared").info.run_id
    with ProcessPoolExecutor(WRITERS, mp_context=get_context("fork")) as pool:
        done = list(pool.map(write, range(WRITERS), [experiment] * WRITERS, [shared] * WRITERS))
    assert done == list(range(WRITERS))
    runs = client.search_runs([experiment], "attributes.run_name LIKE 'writer-%'")
    assert sorted(r.data.metrics["own"] for r in runs) == [9.0 * n for n in range(WRITERS)]
    assert all(len(r.data.params) == 20 and r.info.status == "FINISHED" for r in runs)
    assert [m.step for m in client.get_metric_history(shared, "shared")] == list(range(WRITERS * POINTS_EACH))
    assert client.get_run(shared).data.metrics["shared"] == (WRITERS * POINTS_EACH - 1) / 2


def pages(client):
    experiment = client.create_experiment("pages")
    made = [client.create_run(experiment, run_name=f"r{i}").info.run_id for i in range(250)]
    page = client.search_runs([experiment], max_results=100)
    sizes, seen = [len(page)], [r.info.run_id for r in page]
    while page.token:
        page = client.search_runs([experiment], max_results=100, page_token=page.token)
        sizes.append(len(page))
        seen += [r.info.run_id for r in page]
    assert sizes == [100, 100, 50] and sorted(seen) == sorted(made)
    assert len(mlflow.search_runs([experiment])) == 250


def history(client):
    run = client.create_run("0").info.run_id
    for first in range(0, 25_000, 1000):
        client.log_batch(run, [Metric("long", i / 3, 1000 + i, i) for i in range(first, first + 1000)])
    found = client.get_metric_history(run, "long")
    assert [(m.step, m.value) for m in found] == [(i, i / 3) for i in range(25_000)]
    assert client.get_run(run).data.metrics == {"long": 24_999 / 3}


def pictures(client):
    figure, axes = plt.subplots()
    axes.plot([1, 2, 3])
    with mlflow.start_run(run_name="pictures") as run:
        mlflow.log_figure(figure, "plots/line.png")
        mlflow.log_image(np.full((4, 6, 3), 200, dtype=np.uint8), "plots/array.png")
        mlflow.log_image(np.full((4, 6, 3), 100, dtype=np.uint8), key="steps", step=7)
    plt.close(figure)
    run_id = run.info.run_id
    assert {f.path for f in client.list_artifacts(run_id, "plots")} == {"plots/line.png", "plots/array.png"}
    with Image.open(client.download_artifacts(run_id, "plots/array.png")) as image:
        assert image.size == (6, 4) and image.getpixel((0, 0)) == (200, 200, 200)
    assert Image.open(client.download_artifacts(run_id, "plots/line.png")).format == "PNG"
    assert any("step%7" in f.path or "step+7" in f.path for f in client.list_artifacts(run_id, "images"))


def ask(port, body):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/invocations", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.loads(answer.read())


def serving(client):
    x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 0, 1, 1])
    with mlflow.start_run():
        mlflow.sklearn.log_model(
            LogisticRegression().fit(x, y), name="served", registered_model_name="served", input_example=x[:1], serialization_format="cloudpickle"
        )
    client.set_registered_model_alias("served", "champion", "1")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-m", "mlflow", "models", "serve", "-m", "models:/served@champion", "--env-manager", "local", "-p", str(port), "-h", "127.0.0.1"]
    # The command starts its web server by name.
    path = os.pathsep.join([os.path.dirname(sys.executable), os.environ.get("PATH", "")])
    server = subprocess.Popen([sys.executable, "-W", "ignore", *command], env={**os.environ, "PATH": path}, start_new_session=True)
    try:
        deadline = time.monotonic() + 90
        while True:
            try:
                assert ask(port, {"inputs": x.tolist()})["predictions"] == [0, 0, 1, 1]
                break
            except (urllib.error.URLError, ConnectionError):
                assert server.poll() is None and time.monotonic() < deadline, "MLflow does not serve the model"
                time.sleep(0.2)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(server.pid, signal.SIGTERM)
        server.wait(20)


if __name__ == "__main__":
    own = MlflowClient()
    for part in (writers, pages, history, pictures, *([serving] if "serving" in sys.argv[1:] else [])):
        part(own)
    print("ok", mlflow.__version__)
