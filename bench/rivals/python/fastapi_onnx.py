"""The same with care: onnxruntime on one thread, an async endpoint, no DataFrame, an open event file."""

import json
import os
import sys
import time
import uuid
from datetime import datetime, timezone

import numpy
import onnxruntime
import uvicorn
from fastapi import FastAPI
from prometheus_client import Counter, Histogram
from pydantic import BaseModel, Field

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
classes = ["setosa", "versicolor", "virginica"]
events = open(os.environ["EVENTS"], "a", buffering=1)
requests = Counter("prediction_requests_total", "Requests", ["status"])
latency = Histogram("prediction_latency_seconds", "Latency")
ok = requests.labels("ok")
app = FastAPI()


class Features(BaseModel):
    sepal_length: float = Field(ge=0)
    sepal_width: float = Field(ge=0)
    petal_length: float = Field(ge=0)
    petal_width: float = Field(ge=0)


@app.post("/predict")
async def predict(features: Features):
    started = time.perf_counter()
    row = [features.sepal_length, features.sepal_width, features.petal_length, features.petal_width]
    outputs = session.run(None, {name: numpy.array([row], dtype=numpy.float32)})
    label = outputs[0][0]
    scores = outputs[1][0]
    probabilities = {each: float(scores[i]) for i, each in enumerate(classes)}
    answer = {"prediction": str(label), "probabilities": probabilities, "prediction_id": str(uuid.uuid4())}
    events.write(json.dumps({"time": datetime.now(timezone.utc).isoformat(), "features": row, **answer}) + "\n")
    ok.inc()
    latency.observe(time.perf_counter() - started)
    return answer


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
