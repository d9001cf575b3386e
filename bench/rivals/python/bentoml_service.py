"""The service of BentoML's own quick start for scikit-learn: an array in, labels out."""

import os

import bentoml
import joblib
import numpy


@bentoml.service(workers=1)
class Iris:
    def __init__(self) -> None:
        self.model = joblib.load(os.environ["MODEL"])

    @bentoml.api
    def predict(self, rows: numpy.ndarray) -> numpy.ndarray:
        return self.model.predict(rows)
