"""Loads models that Trainyard trained and asks them about rows of the files they were trained on. Arguments: reference, CSV file, target."""

import sys

import mlflow
import pandas as pd

reference, path, target = sys.argv[1:]
rows = pd.read_csv(path, keep_default_na=False, na_values=[" ", ""]).head(200)
# onnxruntime takes text as objects; pandas 3 has a type of its own for it.
rows = rows.astype({name: object for name in rows.columns if rows[name].dtype.kind not in "fib"})
model = mlflow.pyfunc.load_model(reference)
answers = model.predict(rows.drop(columns=[target])).iloc[:, 0]
if answers.dtype.kind == "f":
    print(f"rmse {((answers - rows[target]) ** 2).mean() ** 0.5:.4f}")
else:
    print(f"accuracy {(answers == rows[target]).mean():.4f}")
print("example", len(model.input_example))
