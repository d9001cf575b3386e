"""A prediction service as the four reference systems write it: FastAPI, a DataFrame per request, predict and predict_proba, metrics, an event to a file."""

import json
import os
import sys
import time
import uuid
from datetime import datetime, timezone

import joblib
import pandas
import uvicorn
from fastapi import BackgroundTasks, FastAPI
from prometheus_client import Counter, Histogram
from pydantic import BaseModel, Field

model = joblib.load(os.environ["MODEL"])
events = open(os.environ["EVENTS"], "a", buffering=1)
requests = Counter("prediction_requests_total", "Requests", ["status"])
latency = Histogram("prediction_latency_seconds", "Latency")
app = FastAPI()


class Features(BaseModel):
    sepal_length: float = Field(ge=0)
    sepal_width: float = Field(ge=0)
    petal_length: float = Field(ge=0)
    petal_width: float = Field(ge=0)


class Answer(BaseModel):
    prediction: str
    probabilities: dict[str, float]
    prediction_id: str


def publish(event):
    events.write(json.dumps(event) + "\n")


@app.post("/predict", response_model=Answer)
def predict(features: Features, background: BackgroundTasks):
    started = time.perf_counter()
    frame = pandas.DataFrame([features.model_dump()])
    values = frame.to_numpy()
    label = model.predict(values)[0]
    probabilities = dict(zip(map(str, model.classes_), map(float, model.predict_proba(values)[0])))
    answer = Answer(prediction=str(label), probabilities=probabilities, prediction_id=str(uuid.uuid4()))
    event = {"time": datetime.now(timezone.utc).isoformat(), "features": features.model_dump(), **answer.model_dump()}
    background.add_task(publish, event)
    requests.labels("ok").inc()
    latency.observe(time.perf_counter() - started)
    return answer


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
