"""Registers, deploys and asks models of foreign origin. Usage: story.py URL GROUP COMMAND… (how to call `trainyard`)"""
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import mlflow
import numpy as np
import onnx
import requests
from mlflow.models import infer_signature

import handmade
from ask import ways
from models import groups

warnings.filterwarnings('ignore')
groups['handmade'] = handmade.cases


def register(url, case, command):
    if case.by == 'register':
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / 'model.onnx'
            onnx.save(case.onnx, path, save_as_external_data=True, location='model.onnx.data', size_threshold=1024)
            done = subprocess.run([*command, 'register', str(path), '--name', case.name, '--url', url], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
        return
    with mlflow.start_run():
        signature = infer_signature(case.rows, case.expected) if case.by == 'log' else None
        # Named requirements: finding them out takes MLflow seconds and is not what this is about.
        mlflow.onnx.log_model(
            case.onnx, name='model', registered_model_name=case.name, signature=signature, pip_requirements=['onnxruntime']
        )


def deploy(url, name):
    variants = [{'role': 'primary', 'model': f'models:/{name}/1'}]
    return requests.put(f'{url}/api/v1/deployments/{name}', json={'variants': variants})


def agree(told, expected):
    """Per row, whether it is what the origin says: equal where it is text, within 1e-5 where it is a number."""
    told, expected = np.asarray(told), np.asarray(expected)
    if expected.dtype.kind in 'OUS':
        return np.array([str(a) == str(b) for a, b in zip(told.ravel(), expected.ravel(), strict=True)])
    told, expected = told.astype(float), expected.astype(float)
    same = np.abs(told.reshape(expected.shape) - expected) <= 1e-5 * np.maximum(1, np.abs(expected))
    return same.reshape(len(expected), -1).all(axis=1)


def compare(case, way, told):
    got, shares = told
    if isinstance(case.expected, dict):
        rows = np.all([agree(got[name], values) for name, values in case.expected.items()], axis=0)
    else:
        values = next(iter(got.values())) if isinstance(got, dict) else got
        rows = agree(values, case.expected)
    if case.probabilities is not None:
        assert shares is not None, f'{case.name} by {way} gave no probabilities'
        rows &= agree(shares, case.probabilities)
    wrong = np.flatnonzero(~rows)
    share = 1 - len(wrong) / len(rows)
    print(f'{case.name} {way}: {len(rows)} rows, {len(wrong)} differ {wrong[:10].tolist() if len(wrong) else ""}')
    assert share >= case.share, (case.name, way, share, wrong[:10], [np.asarray(got)[i] for i in wrong[:3]] if not isinstance(got, dict) else got)


def main(url, group, command):
    mlflow.set_tracking_uri(url)
    failed = []
    for case in groups[group]():
        try:
            register(url, case, command)
            put = deploy(url, case.name)
            assert put.status_code == 200, put.text
            for way in ways:
                compare(case, way.__name__, way(url, case))
        except Exception as error:
            failed.append(f'{case.name}: {type(error).__name__}: {error}')
    for line in failed:
        print('FAILED', line[:1500])
    print('ok' if not failed else f'{len(failed)} failed')


if __name__ == '__main__':
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
