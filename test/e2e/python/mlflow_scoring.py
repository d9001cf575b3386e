"""MLflow's scoring client, and models that MLflow logged, scored as MLflow itself scores them. Usage: mlflow_scoring.py URL"""
import sys
import warnings

import mlflow
import numpy as np
import pandas as pd
import requests
from mlflow.models import infer_signature
from mlflow.pyfunc.scoring_server.client import ScoringServerClient
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

warnings.filterwarnings('ignore')
url = sys.argv[1]
mlflow.set_tracking_uri(url)
host, port = url.removeprefix('http://').split(':')
client = ScoringServerClient(host, int(port))
client.wait_server_ready(timeout=5)

names = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width']
frame = pd.DataFrame(load_iris().data, columns=names)
answer = client.invoke(frame).get_predictions()
assert len(answer) == 150 and set(answer[0]) == {'setosa', 'versicolor', 'virginica'}, answer.head()
assert client.invoke(frame.assign(other='x')[['other', *reversed(names)]]).get_predictions().equals(answer), 'columns are found by name'
try:
    client.invoke(frame[names[:3]])
    raise SystemExit('a missing column was taken')
except Exception as error:
    assert "Model is missing inputs ['petal_width']" in str(error) and 'SCHEMA_ENFORCEMENT_FAILED' in str(error), error
csv = requests.post(url + '/invocations', data=frame.to_csv(index=False), headers={'content-type': 'text/csv'}).json()
assert csv['predictions'] == list(answer[0])

# The same model logged by MLflow, with ZipMap and without, deployed and asked both ways.
X, y = load_iris(return_X_y=True)
X = X.astype(np.float32)
fitted = LogisticRegression(max_iter=500).fit(X, y)
for zipmap in (True, False):
    model = to_onnx(fitted, X[:1], options={'zipmap': zipmap})
    name = f'logged-{zipmap}'.lower()
    with mlflow.start_run():
        info = mlflow.onnx.log_model(
            model, name='model', registered_model_name=name, signature=infer_signature(pd.DataFrame(X, columns=names), y)
        )
    put = requests.put(f'{url}/api/v1/deployments/{name}', json={'variants': [{'role': 'primary', 'model': f'models:/{name}/1'}]})
    assert put.status_code == 200, put.text
    ours = ScoringServerClient(host, int(port))
    ours.url_prefix = f'{url}/deployments/{name}'
    rows = pd.DataFrame(X[::10], columns=names)
    got = ours.invoke(rows).get_predictions()
    if zipmap:
        expected = mlflow.pyfunc.load_model(info.model_uri).predict(rows)
        assert list(got.columns) == list(expected.columns), (got.columns, expected.columns)
        assert list(got['output_label']) == list(expected['output_label'])
        for ours_row, theirs in zip(got['output_probability'], expected['output_probability']):
            assert set(ours_row) == {str(k) for k in theirs}
            assert all(abs(ours_row[str(k)] - v) < 1e-6 for k, v in theirs.items())
    else:
        assert list(got['label']) == list(fitted.predict(X[::10]))
        assert np.allclose(np.array(list(got['probabilities'])), fitted.predict_proba(X[::10]), atol=1e-5)
print('ok')
