"""Fits a decision tree to Iris and keeps it as joblib, or as an MLflow model: train_tree.py DATA OUT [mlflow]."""

import csv
import sys

from sklearn.tree import DecisionTreeClassifier

data, out = sys.argv[1], sys.argv[2]
with open(data, newline="") as file:
    rows = list(csv.DictReader(file))
columns = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
x = [[float(row[column]) for column in columns] for row in rows]
y = [row["species"] for row in rows]

if len(sys.argv) > 3:
    import mlflow
    import pandas

    frame = pandas.DataFrame(x, columns=columns)
    model = DecisionTreeClassifier(random_state=0).fit(frame, y)
    signature = mlflow.models.infer_signature(frame, model.predict(frame))
    mlflow.sklearn.save_model(model, out, signature=signature, skops_trusted_types=["sklearn.tree._tree.Tree"])
else:
    import joblib

    joblib.dump(DecisionTreeClassifier(random_state=0).fit(x, y), out)
