"""Fits scikit-learn on the split that bench/learners.ts sends on standard input; prints one JSON line per learner."""

import json
import sys
import time

import numpy as np
import pandas as pd
import sklearn
from sklearn.compose import ColumnTransformer, make_column_selector
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, mean_squared_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

TEXT = make_column_selector(dtype_include=object)
NUMBER = make_column_selector(dtype_include=np.number)


def linear(model):
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    return make_pipeline(ColumnTransformer([("n", numbers, NUMBER), ("c", OneHotEncoder(handle_unknown="ignore"), TEXT)]), model)


def trees(model):
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return make_pipeline(ColumnTransformer([("n", SimpleImputer(strategy="median"), NUMBER), ("c", encoder, TEXT)]), model)


def boosting(model, frame):
    text = TEXT(frame)
    encoder = ColumnTransformer(
        [("c", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan), text)], remainder="passthrough"
    )
    if text:
        model.set_params(categorical_features=list(range(len(text))))
    return make_pipeline(encoder, model)


def learners(task, frame):
    if task == "regression":
        return {
            "linear": linear(LinearRegression()),
            "ridge": linear(Ridge()),
            "tree": trees(DecisionTreeRegressor(max_depth=10, random_state=0)),
            "forest": trees(RandomForestRegressor(random_state=0)),
            "boosting": boosting(HistGradientBoostingRegressor(random_state=0), frame),
        }
    return {
        "logistic": linear(LogisticRegression(max_iter=1000)),
        "tree": trees(DecisionTreeClassifier(max_depth=10, random_state=0)),
        "forest": trees(RandomForestClassifier(random_state=0)),
        "boosting": boosting(HistGradientBoostingClassifier(random_state=0), frame),
    }


def main():
    request = json.load(sys.stdin)
    frame = pd.DataFrame(request["columns"])
    for name in request["categories"]:
        frame[name] = frame[name].astype(object)
    for name in frame.columns.difference(request["categories"]):
        frame[name] = pd.to_numeric(frame[name])
    target = np.array(request["target"])
    train, test = request["train"], request["test"]
    for name, model in learners(request["task"], frame).items():
        if request["only"] not in (None, name):
            continue
        times = []
        for _ in range(1 if name == "forest" else 5):
            wall, cpu = time.perf_counter(), time.process_time()
            model.fit(frame.iloc[train], target[train])
            times.append((time.perf_counter() - wall, time.process_time() - cpu))
        predicted = model.predict(frame.iloc[test])
        if request["task"] == "regression":
            error = float(np.sqrt(mean_squared_error(target[test], predicted)))
        else:
            error = float(accuracy_score(target[test], predicted))
        seconds, cpu = sorted(times)[len(times) // 2]
        line = {"learner": name, "seconds": seconds, "cpu": cpu, "score": error, "version": sklearn.__version__}
        print(json.dumps(line), flush=True)


main()
