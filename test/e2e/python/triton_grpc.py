"""Drives a server with the unmodified Triton client over gRPC, and with typed contents as other clients send. Usage: triton_grpc.py HOST:PORT RAW_MODEL"""
import queue
import sys

import grpc
import numpy as np
import tritonclient.grpc as triton
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

address, raw_model = sys.argv[1], sys.argv[2]
client = triton.InferenceServerClient(address)
assert client.is_server_live() and client.is_server_ready()
assert client.is_model_ready('iris') and client.is_model_ready('iris', '1') and not client.is_model_ready('nobody')
assert 'statistics' in client.get_server_metadata().extensions
meta = client.get_model_metadata('iris', as_json=True)
assert meta['inputs'] == [{'name': 'float_input', 'datatype': 'FP32', 'shape': ['-1', '4']}], meta
config = client.get_model_config('iris').config
assert config.max_batch_size > 0 and config.input[0].data_type == 11 and list(config.input[0].dims) == [4], config

rows = np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]], dtype=np.float32)
given = triton.InferInput('float_input', rows.shape, 'FP32')
given.set_data_from_numpy(rows)
answer = client.infer('iris', [given], request_id='42', client_timeout=10)
assert list(answer.as_numpy('label')) == [b'setosa', b'virginica']
assert np.allclose(answer.as_numpy('probabilities').sum(axis=1), 1, atol=1e-5)
assert answer.get_response().id == '42' and answer.get_response().model_version == '1'
classes = client.infer('iris', [given], outputs=[triton.InferRequestedOutput('probabilities', class_count=1)]).as_numpy('probabilities')
assert [c.decode().split(':')[2] for c in classes[:, 0]] == ['setosa', 'virginica'], classes

# A stream keeps the order and goes on after a mistake.
answers = queue.Queue()
client.start_stream(lambda result, error: answers.put((result, error)))
client.async_stream_infer('iris', [given], request_id='1')
client.async_stream_infer('nobody', [given], request_id='2')
client.async_stream_infer('iris', [given], request_id='3')
told = [answers.get(timeout=10) for _ in range(3)]
client.stop_stream()
assert [r.get_response().id if r else None for r, _ in told] == ['1', None, '3'], told
assert "unknown model: 'nobody'" in told[1][1].message()

values = {
    'BOOL': np.array([[True, False]]),
    'UINT8': np.array([[0, 255]], np.uint8),
    'UINT16': np.array([[0, 65535]], np.uint16),
    'UINT32': np.array([[0, 2**32 - 1]], np.uint32),
    'UINT64': np.array([[0, 2**64 - 1]], np.uint64),
    'INT8': np.array([[-128, 127]], np.int8),
    'INT16': np.array([[-32768, 32767]], np.int16),
    'INT32': np.array([[-(2**31), 2**31 - 1]], np.int32),
    'INT64': np.array([[-(2**63), 2**63 - 1]], np.int64),
    'FP16': np.array([[1.5, -65504]], np.float16),
    'FP32': np.array([[1.5, -3.25e38]], np.float32),
    'FP64': np.array([[0.1, 1e300]], np.float64),
    'BYTES': np.array([['', 'žluťoučký'.encode()]], dtype=object),
}
inputs = []
for kind, value in values.items():
    tensor = triton.InferInput('in_' + kind.lower(), value.shape, kind)
    tensor.set_data_from_numpy(value)
    inputs.append(tensor)
answer = client.infer(raw_model, inputs)
for kind, value in values.items():
    back = answer.as_numpy('out_' + kind.lower())
    if kind == 'BYTES':
        assert list(back[0]) == [b'', 'žluťoučký'.encode()], back
    else:
        assert (back == value).all() and back.dtype == value.dtype, (kind, back)

# Typed contents: a request as KServe's and MLServer's callers write it is answered in kind.
channel = grpc.insecure_channel(address)
stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
typed = service_pb2.ModelInferRequest(model_name='iris')
tensor = typed.inputs.add(name='float_input', datatype='FP32', shape=[2, 4])
tensor.contents.fp32_contents.extend(rows.ravel().tolist())
reply = stub.ModelInfer(typed)
assert not reply.raw_output_contents and list(reply.outputs[0].contents.bytes_contents) == [b'setosa', b'virginica'], reply
assert len(reply.outputs[1].contents.fp32_contents) == 6
try:
    typed.raw_input_contents.append(b'1234')
    stub.ModelInfer(typed)
    raise SystemExit('raw and typed contents were taken together')
except grpc.RpcError as error:
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
large = np.zeros((400_000, 4), dtype=np.float32)
try:
    big = triton.InferInput('float_input', large.shape, 'FP32')
    big.set_data_from_numpy(large)
    client.infer('iris', [big])
    raise SystemExit('more rows than allowed were taken')
except InferenceServerException as error:
    assert error.status() == 'StatusCode.INVALID_ARGUMENT' and 'rows' in error.message(), error


def shared(where):
    """A request with a region of shared memory, which nobody could register."""
    tensor = triton.InferInput('float_input', rows.shape, 'FP32')
    wanted = triton.InferRequestedOutput('label')
    if where == 'input':
        tensor.set_shared_memory('region', 32)
    else:
        tensor.set_data_from_numpy(rows)
        wanted.set_shared_memory('region', 32)
    return client.infer('iris', [tensor], outputs=[wanted])


for call, status in (
    (lambda: shared('input'), 'INVALID_ARGUMENT'),
    (lambda: shared('output'), 'INVALID_ARGUMENT'),
    (lambda: client.get_system_shared_memory_status(), 'UNIMPLEMENTED'),
    (lambda: client.get_trace_settings(), 'UNIMPLEMENTED'),
    (lambda: client.load_model('iris', config='{}'), 'INVALID_ARGUMENT'),
    (lambda: client.infer('nobody', [given]), 'NOT_FOUND'),
    (lambda: client.infer('iris', [given], model_version='99'), 'NOT_FOUND'),
    (lambda: client.infer('iris', []), 'INVALID_ARGUMENT'),
    (lambda: client.unload_model('iris'), 'INVALID_ARGUMENT'),
):
    try:
        call()
        raise SystemExit(f'nothing was refused with {status}')
    except InferenceServerException as error:
        assert error.status() == f'StatusCode.{status}', error

# A stream, whose callers may ask which answer is the last one to a request.
answers = queue.Queue()
client.start_stream(lambda result, error: answers.put((result, error)))
for number in range(3):
    client.async_stream_infer('iris', [given], request_id=str(number), enable_empty_final_response=number == 1)
client.async_stream_infer('nobody', [given])
told = [answers.get(timeout=30) for _ in range(4)]
client.stop_stream()
assert [error is None for _, error in told] == [True, True, True, False], told
replies = [result.get_response() for result, _ in told[:3]]
assert [reply.id for reply in replies] == ['0', '1', '2'], replies
assert [reply.parameters['triton_final_response'].bool_param for reply in replies] == [False, True, False], replies

index = {m.name: m.state for m in client.get_model_repository_index().models}
assert index['iris'] == 'READY' and index[raw_model] == 'READY', index
client.unload_model(raw_model)
assert not client.is_model_ready(raw_model)
client.load_model(raw_model)
stats = client.get_inference_statistics('iris').model_stats[0]
assert stats.inference_count >= 2 and stats.inference_stats.success.ns > 0, stats

check = channel.unary_unary('/grpc.health.v1.Health/Check')
assert check(b'') == b'\x08\x01' and check(b'\x0a\x02no') == b'\x08\x03'
watch = channel.unary_stream('/grpc.health.v1.Health/Watch')(b'')
assert next(watch) == b'\x08\x01'
watch.cancel()
try:
    channel.unary_unary('/inference.GRPCInferenceService/ModelInfer')(b'\xff\xff\xff')
    raise SystemExit('a broken message was taken')
except grpc.RpcError as error:
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT, error
print('ok')
