"""Large artifacts past the server: MLflow's own client uploads in parts and downloads by signed URLs, as its environment tells it to."""

import hashlib
import os
import tempfile

import mlflow
from mlflow.artifacts import download_artifacts

SIZE = 12 * 1024 * 1024 + 3


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


with tempfile.TemporaryDirectory() as folder:
    big = os.path.join(folder, "große datei.bin")
    with open(big, "wb") as file:
        file.write(os.urandom(SIZE))
    small = os.path.join(folder, "small.txt")
    with open(small, "w") as file:
        file.write("small")
    with mlflow.start_run() as run:
        mlflow.log_artifact(big, "deep/er")
        mlflow.log_artifact(small)
    listed = {file.path: file.file_size for file in mlflow.artifacts.list_artifacts(run_id=run.info.run_id, artifact_path="deep/er")}
    assert listed == {"deep/er/große datei.bin": SIZE}, listed
    back = download_artifacts(run_id=run.info.run_id, artifact_path="deep/er/große datei.bin", dst_path=os.path.join(folder, "back"))
    assert digest(back) == digest(big)
    whole = download_artifacts(run_id=run.info.run_id, dst_path=os.path.join(folder, "all"))
    assert sorted(os.listdir(whole)) == ["deep", "small.txt"], os.listdir(whole)
    print("run", run.info.experiment_id, run.info.run_id)
