"""Logs models that only Python can run, for others to serve. Usage: python_models.py URL EXPECTED

EXPECTED is a JSON file that is written: rows by model name, and what the model itself says of them.
"""
import json
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / 'foreign'))

import lightgbm
import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature
from models import churn_pipeline, housing, iris
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings('ignore')
mlflow.set_tracking_uri(sys.argv[1])
expected = {}


def log(flavor, name, model, **more):
    with mlflow.start_run():
        getattr(mlflow, flavor).log_model(**{'python_model' if flavor == 'pyfunc' else 'lgb_model' if flavor == 'lightgbm' else 'sk_model': model},
                                          name='model', registered_model_name=name, pip_requirements=['numpy'], **more)


def tell(name, frame, predictions, probabilities=None):
    expected[name] = {
        'rows': json.loads(frame.to_json(orient='records', double_precision=15)),
        'predictions': np.asarray(predictions).tolist(),
        **({} if probabilities is None else {'probabilities': np.asarray(probabilities).tolist()}),
    }


pipeline, _, frame = churn_pipeline(LogisticRegression(max_iter=300), unknown='error', scaler=StandardScaler())
frame = frame[:300].astype({'MonthlyCharges': float, 'TotalCharges': float})
log('sklearn', 'churn', pipeline, signature=infer_signature(frame, pipeline.predict(frame)), input_example=frame[:2], serialization_format='cloudpickle')
tell('churn', frame, pipeline.predict(frame), pipeline.predict_proba(frame))

H, v = housing(300)
forest = ExtraTreesRegressor(n_estimators=20, random_state=0).fit(H, v)
log('sklearn', 'bare', forest, serialization_format='cloudpickle')
tell('bare', pd.DataFrame(H.astype(float), columns=[f'x{i}' for i in range(8)])[:50], forest.predict(H[:50]))

X, y = iris()
table = pd.DataFrame(X.astype(float), columns=list('abcd'))
light = lightgbm.LGBMClassifier(n_estimators=5, verbose=-1).fit(table, y)
log('lightgbm', 'light', light, signature=infer_signature(table, light.predict(table)))
tell('light', table, light.predict(table), light.predict_proba(table))


class Adder(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        print('what a model prints goes nowhere')
        return model_input['price'] * model_input['many']


class Trouble(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        import os
        import time

        value = model_input['x'].iloc[0]
        if value == 13:
            os._exit(7)
        if value == 99:
            time.sleep(60)
        if value == 50:
            return [len(bytearray(8 * 2**30))]
        if value == 40:
            raise RuntimeError('no such luck')
        if value == 60:
            return [float('AWS_SECRET_ACCESS_KEY' in os.environ)] * len(model_input)
        return model_input['x'] * 2.0


class Frame(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return pd.DataFrame({'twice': model_input['x'] * 2, 'word': ['big' if v > 1 else 'small' for v in model_input['x']]})


basket = pd.DataFrame({'price': [1.5, 2.25], 'many': [2, 4]})
log('pyfunc', 'adder', Adder(), signature=infer_signature(basket, basket['price']))
tell('adder', basket, basket['price'] * basket['many'])
single = pd.DataFrame({'x': [1.0, 2.0]})
log('pyfunc', 'trouble', Trouble(), signature=infer_signature(single, single['x']))
log('pyfunc', 'frame', Frame(), signature=infer_signature(single, single))
log('pyfunc', 'unsigned', Frame())
Path(sys.argv[2]).write_text(json.dumps(expected))
print('ok')
