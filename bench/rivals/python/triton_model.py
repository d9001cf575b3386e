"""Triton's own C++ server and dynamic batcher, from the wheel of PyTriton; the model runs in onnxruntime in its Python back end."""

import os
import sys

import numpy
import onnxruntime
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name


@batch
def infer(rows):
    labels, scores = session.run(None, {name: rows})[:2]
    return {"label": numpy.char.encode(numpy.asarray(labels, dtype=str).reshape(-1, 1), "utf-8"), "scores": numpy.asarray(scores, dtype=numpy.float32)}


port = int(sys.argv[1])
config = TritonConfig(http_address="127.0.0.1", http_port=port, allow_grpc=False, allow_metrics=False, http_thread_count=2)
with Triton(config=config) as triton:
    triton.bind(
        model_name="iris",
        infer_func=infer,
        inputs=[Tensor(name="rows", dtype=numpy.float32, shape=(4,))],
        outputs=[Tensor(name="label", dtype=bytes, shape=(1,)), Tensor(name="scores", dtype=numpy.float32, shape=(3,))],
        config=ModelConfig(max_batch_size=128, batcher=DynamicBatcher(max_queue_delay_microseconds=0)),
    )
    triton.serve()
