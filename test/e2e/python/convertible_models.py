"""Writes models of scikit-learn, LightGBM and XGBoost as their users keep them. Usage: convertible_models.py FOLDER [URL]

With a URL two are logged there, and the line `run RUN_ID` says where.
"""
import json
import pickle
import sys
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / 'foreign'))

import joblib
import lightgbm
import mlflow
import numpy as np
import pandas as pd
import xgboost
from models import churn_pipeline, housing, iris
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

warnings.filterwarnings('ignore')
folder = Path(sys.argv[1])
X, y = iris()
names = np.array(['setosa', 'versicolor', 'virginica'])[y]
H, v = housing(500)

joblib.dump(LogisticRegression(max_iter=500).fit(X, names), folder / 'words.joblib')
pipeline, _, frame = churn_pipeline(LogisticRegression(max_iter=500), scaler=StandardScaler())
(folder / 'pipeline.pkl').write_bytes(pickle.dumps(pipeline))
frame[:100].to_csv(folder / 'pipeline.csv', index=False)
frame[:100].to_json(folder / 'pipeline.rows.json', orient='records')
(folder / 'pipeline.expected.json').write_text(json.dumps(pipeline.predict(frame[:100]).tolist()))
joblib.dump(make_pipeline(StandardScaler(), lightgbm.LGBMRegressor(n_estimators=20, verbose=-1)).fit(H, v), folder / 'light.joblib', compress=3)
lightgbm.train({'objective': 'binary', 'verbose': -1}, lightgbm.Dataset(X, label=(y == 1).astype(int)), 10).save_model(folder / 'light.txt')
xgboost.XGBRegressor(n_estimators=10).fit(H, v).save_model(folder / 'boost.ubj')

# Numbers so large that float32 cannot tell them apart as the model can.
far = np.random.default_rng(0).normal(size=(200, 2)) + 1e7
joblib.dump(make_pipeline(StandardScaler(), LinearRegression()).fit(far, far[:, 0] - 1e7), folder / 'far.pkl')
pd.DataFrame(far).to_csv(folder / 'far.csv', index=False)
joblib.dump({'no': 'model'}, folder / 'dict.joblib')


class Trap:
    def __reduce__(self):
        return (open, (str(folder / 'sprung'), 'w'))


(folder / 'trap.pkl').write_bytes(pickle.dumps(Trap()))
(folder / 'notes.md').write_text('no model')

if len(sys.argv) > 2:
    mlflow.set_tracking_uri(sys.argv[2])
    columns = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width']
    table = pd.DataFrame(X.astype(float), columns=columns)
    with mlflow.start_run() as run:
        mlflow.sklearn.log_model(
            LogisticRegression(max_iter=500).fit(table, names), name='flowers', registered_model_name='flowers', input_example=table[:5], pip_requirements=['numpy']
        )
        mlflow.xgboost.log_model(xgboost.XGBClassifier(n_estimators=5).fit(table, y), name='boosted', pip_requirements=['numpy'])
    print('run', run.info.run_id)
