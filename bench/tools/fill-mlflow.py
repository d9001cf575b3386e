"""Fills MLflow's SQLite database with runs as `fillRuns` in tracking-work.ts does through the API, which takes MLflow 20 ms a run."""
import sqlite3
import sys

path, experiment, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
db = sqlite3.connect(path)
runs, params, tags, latest, points = [], [], [], [], []
for i in range(count):
    run = f"{i:032x}"
    name = f"run-{i}"
    runs.append((run, name, experiment, "bench", "RUNNING", 1_000_000 + i, "active", f"mlflow-artifacts:/{experiment}/{run}/artifacts"))
    tags += [(run, "mlflow.runName", name), (run, "team", f"t{i % 7}")]
    params += [(run, "lr", ["0.1", "0.01", "0.001"][i % 3]), *((run, f"p{k}", str(i % (k + 2))) for k in range(4))]
    values = [("rmse", (i * 7919 % 10_007) / 10_007), *((f"m{k}", i / (k + 1)) for k in range(4))]
    for key, value in values:
        latest.append((run, key, value, 1, 0, 0))
        points.append((run, key, value, 1, 0, 0))
insert = lambda table, columns, rows: db.executemany(f"insert into {table} ({columns}) values ({','.join('?' * len(rows[0]))})", rows)
insert("runs", "run_uuid, name, experiment_id, user_id, status, start_time, lifecycle_stage, artifact_uri", runs)
insert("tags", "run_uuid, key, value", tags)
insert("params", "run_uuid, key, value", params)
insert("latest_metrics", "run_uuid, key, value, timestamp, step, is_nan", latest)
insert("metrics", "run_uuid, key, value, timestamp, step, is_nan", points)
db.commit()
