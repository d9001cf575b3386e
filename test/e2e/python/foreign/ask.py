"""Asks one deployment on every protocol and gives each answer as (labels or values, probabilities or None)."""
import json
from dataclasses import replace

import numpy as np
import requests
import tritonclient.http as triton

KINDS = {
    'float32': 'FP32',
    'float64': 'FP64',
    'int8': 'INT8',
    'int64': 'INT64',
    'bool': 'BOOL',
}


def post(url, body):
    answer = requests.post(url, data=json.dumps(body), headers={'content-type': 'application/json'})
    assert answer.status_code == 200, (url, answer.status_code, answer.text[:500])
    return answer.json()


def plain(value):
    """A value as JSON says it; a missing one is null."""
    value = value.item() if hasattr(value, 'item') else value
    return None if isinstance(value, float) and value != value else value


def rows_of(case):
    if not case.is_table:
        return [[plain(v) for v in row] for row in case.rows]
    return [{name: plain(v) for name, v in row.items()} for row in case.rows.to_dict('records')]


def predict(url, case):
    """POST /deployments/NAME/predict, all rows at once and the first alone."""
    rows = rows_of(case)
    told = post(f'{url}/deployments/{case.name}/predict', rows)['predictions']
    first = post(f'{url}/deployments/{case.name}/predict', rows[0] if case.is_table else {'features': rows[0]})
    assert {k: v for k, v in first.items() if k in ('prediction', 'outputs')}.items() <= told[0].items(), (first, told[0])
    if told[0].get('outputs') is not None:
        return {name: [row['outputs'][name] for row in told] for name in told[0]['outputs']}, None
    shares = [list(row['probabilities'].values()) for row in told] if 'probabilities' in told[0] else None
    if shares is not None and case.classes is not None:
        assert list(told[0]['probabilities']) == [word(c) for c in case.classes], (told[0], case.classes)
    return [row['prediction'] for row in told], shares


def word(label):
    """A class as JSON's key; ONNX knows truth values as 0 and 1."""
    return str(int(label)) if isinstance(label, (bool, np.bool_)) else str(label)


def tensors_of(case, shapes):
    if not case.is_table:
        return {next(iter(shapes)): np.asarray(case.rows)}
    made = {}
    for name in case.rows.columns:
        values = case.rows[name].to_numpy()
        values = values if values.dtype.kind in 'ifb' else values.astype(object)
        made[name] = values if len(shapes[name]) == 1 else values.reshape(-1, 1)
    return made


def inputs_of(case, metadata, binary):
    shapes = {i['name']: i['shape'] for i in metadata['inputs']}
    made = []
    for name, values in tensors_of(case, shapes).items():
        given = triton.InferInput(name, list(values.shape), KINDS.get(str(values.dtype), 'BYTES'))
        given.set_data_from_numpy(values, binary_data=binary)
        made.append(given)
    return made


def infer(url, case, binary):
    """POST /v2/models/NAME/infer through the unmodified Triton client; row by row where the model takes one."""
    client = triton.InferenceServerClient(url.removeprefix('http://'))
    metadata = client.get_model_metadata(case.name)
    names = [o['name'] for o in metadata['outputs']]
    outputs = [triton.InferRequestedOutput(name, binary_data=binary) for name in names]
    is_single = metadata['inputs'][0]['shape'][0] == 1
    parts = [replace(case, rows=case.rows[i : i + 1]) for i in range(len(case.rows))] if is_single else [case]
    answers = [client.infer(case.name, inputs_of(part, metadata, binary), outputs=outputs) for part in parts]
    return parted({name: np.concatenate([answer.as_numpy(name) for answer in answers]) for name in names}, case)


def infer_json(url, case):
    return infer(url, case, False)


def infer_binary(url, case):
    return infer(url, case, True)


def parted(outputs, case):
    """Outputs by name as (labels or values, probabilities)."""
    texts = lambda array: [v.decode() if isinstance(v, bytes) else v for v in np.asarray(array).ravel().tolist()]
    if isinstance(case.expected, dict):
        return {name: np.asarray(values).tolist() for name, values in outputs.items()}, None
    values = list(outputs.values())
    label = texts(values[0]) if np.ndim(case.expected) == 1 else np.asarray(values[0]).tolist()
    if case.probabilities is None:
        return label, None
    rest = values[1:]
    return label, np.column_stack(rest) if len(rest) > 1 else rest[0]


def invocations(url, case):
    """POST /deployments/NAME/invocations, MLflow's scoring protocol: a table where the model has columns, else a matrix."""
    rows = rows_of(case)
    if case.is_table:
        names = list(case.rows.columns)
        body = {'dataframe_split': {'columns': names, 'data': [[row[n] for n in names] for row in rows]}}
    else:
        body = {'inputs': rows}
    told = post(f'{url}/deployments/{case.name}/invocations', body)['predictions']
    if isinstance(told, list):
        outputs = {name: [row[name] for row in told] for name in told[0]}
    else:
        outputs = told
    mapped = {n: [list(r.values()) for r in v] if isinstance(v[0], dict) else v for n, v in outputs.items()}
    return parted({name: np.asarray(values, dtype=object if isinstance(values[0], str) else None) for name, values in mapped.items()}, case)


ways = (predict, infer_json, infer_binary, invocations)
