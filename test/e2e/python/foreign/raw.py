"""Models without columns, and what cannot be served or scored. Usage: raw.py URL COMMAND… (how to call `trainyard`)"""
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnx
import requests
import tritonclient.http as triton
from sklearn.cluster import KMeans
from skl2onnx import to_onnx

import handmade
from case import Case
from models import churn_pipeline, iris
from sklearn.linear_model import LogisticRegression
from story import deploy, register


def asked(client, name, feeds, binary=True):
    kinds = {'float32': 'FP32', 'float16': 'FP16'}
    given = []
    for key, values in feeds.items():
        tensor = triton.InferInput(key, list(values.shape), kinds[str(values.dtype)])
        given.append(tensor.set_data_from_numpy(values, binary_data=binary))
    return client.infer(name, given)


def made(url, name, model, command, status=200):
    case = Case(name, model, None, None, by='register')
    register(url, case, command)
    put = deploy(url, name)
    assert put.status_code == status, (name, put.status_code, put.text)
    return put.json()


def refused(url, name, body, status, told):
    answer = requests.post(f'{url}/deployments/{name}/predict', json=body)
    assert answer.status_code == status and told in answer.text, (name, answer.status_code, answer.text)


def recorded(url, name, count):
    """The events of a deployment, once they have come to the index."""
    for _ in range(200):
        items = requests.get(f'{url}/api/v1/predictions', params={'deployment': name, 'limit': 100}).json()['items']
        if len(items) >= count:
            break
        time.sleep(0.1)
    assert len(items) == count, (name, len(items), count)
    return items


def main(url, command):
    client = triton.InferenceServerClient(url.removeprefix('http://'))
    rng = np.random.default_rng(5)

    picture = handmade.image()
    made(url, 'raw-image', picture, command)
    pixels = rng.normal(size=(5, 3, 8, 8)).astype(np.float32)
    expected = handmade.run(picture, {'pixels': pixels})
    for binary in (True, False):
        answer = asked(client, 'raw-image', {'pixels': pixels}, binary)
        assert (answer.as_numpy('label') == expected['label']).all()
        assert np.allclose(answer.as_numpy('probabilities'), expected['probabilities'], atol=1e-5)
    scored = requests.post(f'{url}/deployments/raw-image/invocations', json={'inputs': pixels.tolist()}).json()['predictions']
    assert np.allclose(scored['probabilities'], expected['probabilities'], atol=1e-5) and scored['label'] == expected['label'].tolist()
    refused(url, 'raw-image', {'features': [1, 2]}, 422, '/v2/models/')
    statistics = client.get_inference_statistics('raw-image')['model_stats'][0]
    assert statistics['inference_count'] == 15 and statistics['execution_count'] == 3, statistics
    seen = recorded(url, 'raw-image', 15)
    assert all(row['features'] == {'pixels': 'FP32[3,8,8]'} for row in seen), seen[0]
    assert [row['prediction'] for row in sorted(seen, key=lambda row: (row['time'], row['row']))[:5]] == expected['label'].tolist()

    halves = handmade.halves()
    made(url, 'raw-halves', halves, command)
    values = rng.normal(size=(3, 2, 2)).astype(np.float16)
    expected = handmade.run(halves, {'h': values})
    answer = asked(client, 'raw-halves', {'h': values})
    assert np.allclose(answer.as_numpy('sum'), expected['sum'], atol=1e-5) and (answer.as_numpy('minus') == expected['minus']).all()

    (row,) = recorded(url, 'raw-halves', 1)
    told = 'FP16[3,2,2] ' + ','.join(str(float(v)).removesuffix('.0') for v in values.ravel())
    assert row['features'] == {'h': told} and row['prediction'] is None, row

    told = made(url, 'raw-sequence', handmade.sequence(), command, 422)
    assert 'sequences and maps cannot be served' in str(told), told

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'model.onnx'
        onnx.save(handmade.weights('x').onnx, path, save_as_external_data=True, location='left-behind', size_threshold=1024)
        done = subprocess.run([*command, 'register', str(path), '--name', 'raw-torn', '--url', url], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    torn = deploy(url, 'raw-torn')
    assert torn.status_code == 422 and "in 'left-behind', which is not there" in torn.text, torn.text

    flowers, _ = iris()
    made(url, 'raw-clusters', to_onnx(KMeans(3, n_init=1, random_state=0).fit(flowers), flowers[:1]), command)
    row = requests.post(f'{url}/deployments/raw-clusters/predict', json={'features': flowers[0].tolist()}).json()
    assert 'probabilities' not in row, ('distances are no probabilities', row)

    fitted, strict, frame = churn_pipeline(LogisticRegression(max_iter=100), unknown='error')
    made(url, 'raw-strict', strict, command)
    good = {name: v.item() if hasattr(v, 'item') else v for name, v in frame.iloc[0].to_dict().items()}
    assert requests.post(f'{url}/deployments/raw-strict/predict', json=good).json()['prediction'] == fitted.predict(frame[:1])[0]
    refused(url, 'raw-strict', {**good, 'Contract': 'for life'}, 422, 'INFERENCE_INPUT_REFUSED')
    mixed = requests.post(f'{url}/deployments/raw-strict/predict', json=[good, {**good, 'Contract': 'for life'}])
    assert mixed.status_code == 422, mixed.text
    print('ok')


main(sys.argv[1], sys.argv[2:])
