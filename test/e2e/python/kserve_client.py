"""Drives a server with KServe's unmodified inference client. Usage: kserve_client.py URL GRPC_HOST:PORT RAW_MODEL"""
import asyncio
import logging
import sys

import grpc
import httpx
import numpy as np
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput

url, address, raw_model = sys.argv[1:]
# It writes every refusal that is expected here to standard error.
logging.disable(logging.CRITICAL)

ROWS = np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]], dtype=np.float32)
SPECIES = ['setosa', 'virginica']
VALUES = {
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


def tensor(name, value, kind, binary):
    given = InferInput(name, list(value.shape), kind)
    given.set_data_from_numpy(value, binary_data=binary)
    return given


def iris(binary_in=True, binary_out=None, model='iris'):
    outputs = None if binary_out is None else [RequestedOutput(n, {'binary_data': binary_out}) for n in ('label', 'probabilities')]
    return InferRequest(model, [tensor('float_input', ROWS, 'FP32', binary_in)], request_id='42', request_outputs=outputs)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def expect_species(answer, id='42', version=None):
    # Over REST the client drops the version that it was told.
    assert answer.model_name == 'iris' and answer.model_version == version, answer
    assert id is None or answer.id == id, answer.id
    assert [text(v) for v in answer.get_output_by_name('label').as_numpy().ravel()] == SPECIES, answer
    chances = answer.get_output_by_name('probabilities').as_numpy()
    assert chances.shape == (2, 3) and np.allclose(chances.sum(axis=1), 1, atol=1e-5), chances


def every_type(binary):
    given = [tensor('in_' + kind.lower(), value, kind, binary or kind == 'FP16') for kind, value in VALUES.items()]
    outputs = [RequestedOutput('out_' + kind.lower(), {'binary_data': binary or kind == 'FP16'}) for kind in VALUES]
    return InferRequest(raw_model, given, request_outputs=outputs)


def expect_every_type(answer, how):
    for kind, value in VALUES.items():
        back = answer.get_output_by_name('out_' + kind.lower()).as_numpy()
        if kind == 'BYTES':
            back = np.array([[text(v) for v in row] for row in back], dtype=object)
        assert back.shape == (1, 2) and (back == value).all(), (how, kind, back)


async def refused(call, *told):
    try:
        await call
    except (httpx.HTTPStatusError, grpc.RpcError) as error:
        said = str(error)
        assert all(part in said for part in told), (told, said)
        return
    raise SystemExit(f'nothing was refused where {told} was expected')


async def v1():
    client = InferenceRESTClient(RESTConfig(protocol='v1'))
    assert await client.is_server_live(url)
    assert await client.is_model_ready(url, 'iris') is True
    answer = await client.infer(url, {'instances': ROWS.tolist()}, model_name='iris')
    assert answer == {'predictions': SPECIES}, answer
    await refused(client.infer(url, {'instances': []}, model_name='nobody'), '404', 'Model with name nobody does not exist.')
    await refused(client.infer(url, {'instances': [['a', 1, 2, 3]]}, model_name='iris'), '400', 'sepal_length')
    await refused(client.is_model_ready(url, 'nobody'), '404')
    await client.close()


async def v2():
    client = InferenceRESTClient(RESTConfig(protocol='v2'))
    assert await client.is_server_live(url) and await client.is_server_ready(url)
    assert await client.is_model_ready(url, 'iris') is True and await client.is_model_ready(url, 'nobody') is False
    for binary_in in (True, False):
        for binary_out in (None, True, False):
            headers = {}
            expect_species(await client.infer(url, iris(binary_in, binary_out), model_name='iris', response_headers=headers))
            assert ('inference-header-content-length' in headers) == (binary_out is True), (binary_out, headers)
    plain = {'inputs': [{'name': 'float_input', 'shape': [2, 4], 'datatype': 'FP32', 'data': ROWS.tolist()}]}
    expect_species(await client.infer(url, plain, model_name='iris'), id=None)
    for binary in (True, False):
        expect_every_type(await client.infer(url, every_type(binary), model_name=raw_model), ('REST', binary))
    await refused(client.infer(url, iris(model='nobody'), model_name='nobody'), '404', "unknown model: 'nobody'")
    wrong = InferRequest('iris', [tensor('x', ROWS, 'FP32', True)])
    await refused(client.infer(url, wrong, model_name='iris'), '400', "unexpected inference input 'x'")
    await client.close()


async def over_grpc():
    async with InferenceGRPCClient(address) as client:
        assert await client.is_server_live() and await client.is_server_ready()
        assert await client.is_model_ready('iris') is True and await client.is_model_ready('nobody') is False
        for binary in (True, False):
            expect_species(await client.infer(iris(binary)), version='1')
            if binary:
                expect_every_type(await client.infer(every_type(binary)), ('gRPC', binary))
        answers = await asyncio.gather(*(client.infer(iris()) for _ in range(20)))
        for answer in answers:
            expect_species(answer, version='1')
        await refused(client.infer(iris(model='nobody')), 'NOT_FOUND', "unknown model: 'nobody'")


async def main():
    await v1()
    await v2()
    await over_grpc()
    print('ok')


asyncio.run(main())
