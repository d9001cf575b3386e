"""A scikit-learn predictor on KServe's Python server, Open Inference Protocol."""

import os
import sys

import joblib
import numpy
from kserve import InferOutput, InferResponse, Model, ModelServer


class Iris(Model):
    def __init__(self, name):
        super().__init__(name)
        self.model = joblib.load(os.environ["MODEL"])
        self.ready = True

    def predict(self, payload, headers=None, response_headers=None):
        rows = payload.inputs[0].as_numpy()
        labels = self.model.predict(rows)
        output = InferOutput("label", list(labels.shape), "BYTES", data=[str(label) for label in labels])
        return InferResponse(payload.id, self.name, [output])


ModelServer(http_port=int(sys.argv[1]), enable_grpc=False, workers=1, access_log_format="").start([Iris("iris")])
