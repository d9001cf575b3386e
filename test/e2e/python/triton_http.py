"""Drives a server with the unmodified Triton client over HTTP. Usage: triton_http.py HOST:PORT RAW_MODEL"""
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException

url, raw_model = sys.argv[1], sys.argv[2]
client = http.InferenceServerClient(url, concurrency=4)
assert client.is_server_live() and client.is_server_ready()
assert client.is_model_ready('iris') and not client.is_model_ready('nobody')
assert client.get_server_metadata()['name'] == 'trainyard'
meta = client.get_model_metadata('iris')
assert meta['inputs'] == [{'name': 'float_input', 'datatype': 'FP32', 'shape': [-1, 4]}], meta
assert client.get_model_config('iris')['max_batch_size'] > 0

rows = np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]], dtype=np.float32)


def ask(binary_in, binary_out, **options):
    given = http.InferInput('float_input', rows.shape, 'FP32')
    given.set_data_from_numpy(rows, binary_data=binary_in)
    wanted = [http.InferRequestedOutput(name, binary_data=binary_out) for name in ('label', 'probabilities')]
    return client.infer('iris', [given], outputs=wanted, **options)


for binary_in in (True, False):
    for binary_out in (True, False):
        answer = ask(binary_in, binary_out, request_id='42')
        labels = [v.decode() if isinstance(v, bytes) else v for v in answer.as_numpy('label')]
        assert labels == ['setosa', 'virginica'], labels
        assert answer.as_numpy('probabilities').shape == (2, 3)
        assert np.allclose(answer.as_numpy('probabilities').sum(axis=1), 1, atol=1e-5)
        assert answer.get_response()['id'] == '42'

# The defaults: no outputs named, binary both ways, compressed.
given = http.InferInput('float_input', rows.shape, 'FP32')
given.set_data_from_numpy(rows)
for algorithm in (None, 'gzip', 'deflate'):
    answer = client.infer('iris', [given], request_compression_algorithm=algorithm, response_compression_algorithm=algorithm)
    assert list(answer.as_numpy('label')) == [b'setosa', b'virginica']

classes = client.infer('iris', [given], outputs=[http.InferRequestedOutput('probabilities', class_count=2)]).as_numpy('probabilities')
assert classes.shape == (2, 2) and classes[0][0].decode().endswith(':0:setosa'), classes

jobs = [client.async_infer('iris', [given]) for _ in range(8)]
assert all(len(job.get_result().as_numpy('label')) == 2 for job in jobs)

# Every datatype, as raw bytes and as JSON.
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
    'BYTES': np.array([['', 'žluťoučký']], dtype=object),
}
for binary in (True, False):
    inputs = []
    for kind, value in values.items():
        tensor = http.InferInput('in_' + kind.lower(), value.shape, kind)
        tensor.set_data_from_numpy(value, binary_data=binary or kind == 'FP16')
        inputs.append(tensor)
    outputs = [http.InferRequestedOutput('out_' + kind.lower(), binary_data=binary or kind == 'FP16') for kind in values]
    answer = client.infer(raw_model, inputs, outputs=outputs)
    for kind, value in values.items():
        back = answer.as_numpy('out_' + kind.lower())
        if kind == 'BYTES':
            back = np.array([[v.decode() if isinstance(v, bytes) else v for v in row] for row in back], dtype=object)
        assert back.shape == (1, 2) and (back == value).all(), (kind, binary, back)

# Repository.
index = {entry['name']: entry for entry in client.get_model_repository_index()}
assert index['iris']['state'] == 'READY' and index[raw_model]['state'] == 'READY', index
client.unload_model(raw_model)
assert not client.is_model_ready(raw_model)
client.load_model(raw_model)
assert client.is_model_ready(raw_model)
stats = client.get_inference_statistics('iris')['model_stats'][0]
assert stats['inference_count'] >= 2 * stats['inference_stats']['success']['count'] > 0, stats
assert stats['execution_count'] > 0



def shared(where):
    """A request with a region of shared memory, which nobody could register."""
    tensor = http.InferInput('float_input', rows.shape, 'FP32')
    wanted = http.InferRequestedOutput('label')
    if where == 'input':
        tensor.set_shared_memory('region', 32)
    else:
        tensor.set_data_from_numpy(rows)
        wanted.set_shared_memory('region', 32)
    return client.infer('iris', [tensor], outputs=[wanted])


for call, told in (
    (lambda: shared('input'), 'shared memory'),
    (lambda: shared('output'), 'shared memory'),
    (lambda: client.get_system_shared_memory_status(), 'There is no GET'),
    (lambda: client.get_trace_settings(), 'There is no GET'),
    (lambda: client.load_model('iris', config='{}'), "'config' is not supported"),
    (lambda: client.infer('nobody', [given]), "Request for unknown model: 'nobody' is not found"),
    (lambda: client.infer('iris', [given], model_version='99'), "'iris' version 99 is not found"),
    (lambda: client.infer('iris', [http.InferInput('x', [1], 'FP32').set_data_from_numpy(np.zeros(1, np.float32))]), "unexpected inference input 'x'"),
    (lambda: client.unload_model('iris'), 'it is a deployment'),
    (lambda: client.load_model('nobody'), "failed to load 'nobody'"),
):
    try:
        call()
        raise SystemExit(f'nothing was refused where {told!r} was expected')
    except InferenceServerException as error:
        assert told in error.message(), error.message()
print('ok')
