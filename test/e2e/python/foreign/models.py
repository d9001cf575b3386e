"""Models of scikit-learn, LightGBM and XGBoost as their own converters write them."""
import sys
from pathlib import Path

import lightgbm
import numpy as np
import onnxmltools
import pandas as pd
import xgboost
from onnxmltools.convert.common.data_types import FloatTensorType as FloatTensor
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_iris
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from case import Case, singles

root = Path(__file__).parents[4]


def iris():
    X, y = load_iris(return_X_y=True)
    return singles(X), y


def housing(rows=2000):
    data = pd.read_csv(root / 'examples/data/california_housing.csv').sample(rows, random_state=7)
    return singles(data.drop(columns='MedHouseVal')), data['MedHouseVal'].to_numpy()


def churn(rows=3000):
    data = pd.read_csv(root / 'test/fixtures/telco_churn.csv').sample(rows, random_state=7)
    data['TotalCharges'] = pd.to_numeric(data['TotalCharges'], errors='coerce').fillna(0)
    numbers = {'tenure': np.int64, 'SeniorCitizen': np.int64, 'MonthlyCharges': np.float32, 'TotalCharges': np.float32}
    columns = ['gender', 'tenure', 'Contract', 'InternetService', 'PaymentMethod', 'SeniorCitizen', 'MonthlyCharges', 'TotalCharges']
    return data[columns].astype(numbers), data['Churn'].to_numpy()


def classified(name, fitted, X, **more):
    options = {type(fitted): {'zipmap': more.pop('zipmap')}} if 'zipmap' in more else None
    asked = X[::3]
    return Case(
        name, to_onnx(fitted, X[:1], options=options), asked, fitted.predict(asked), fitted.predict_proba(asked), fitted.classes_, **more
    )


def regressed(name, fitted, X, **more):
    return Case(name, to_onnx(fitted, X[:1]), X[:300], fitted.predict(X[:300]), **more)


def churn_pipeline(learner, unknown='ignore', scaler=None):
    frame, y = churn()
    words = [name for name in frame.columns if pd.api.types.is_string_dtype(frame[name])]
    numbers = [name for name in frame.columns if name not in words]
    prepare = ColumnTransformer([('words', OneHotEncoder(handle_unknown=unknown), words), ('numbers', scaler or 'passthrough', numbers)])
    fitted = make_pipeline(prepare, learner).fit(frame, y)
    kinds = {'string': StringTensorType, 'int64': Int64TensorType, 'float32': FloatTensorType}
    inputs = [(name, kinds['string' if name in words else str(frame[name].dtype)]([None, 1])) for name in frame.columns]
    return fitted, to_onnx(fitted, initial_types=inputs), frame


def scikit_classifiers():
    X, y = iris()
    names = np.array(['setosa', 'versicolor', 'virginica'])[y]
    yield classified('sk-logistic', LogisticRegression(max_iter=500).fit(X, y), X)
    yield classified('sk-words', LogisticRegression(max_iter=500).fit(X, names), X, by='bare')
    yield classified('sk-plain', LogisticRegression(max_iter=500).fit(X, names), X, zipmap=False, by='register')
    yield classified('sk-columns', RandomForestClassifier(20, random_state=0).fit(X, y), X, zipmap='columns', by='bare')
    yield classified('sk-binary', LogisticRegression(max_iter=500).fit(X, y == 1), X, by='register')
    yield classified('sk-forest', RandomForestClassifier(30, random_state=0).fit(X, names), X)
    yield classified('sk-boosting', GradientBoostingClassifier(n_estimators=20, random_state=0).fit(X, y), X, by='bare')
    holes = np.where(np.random.default_rng(0).random(X.shape) < 0.1, np.float32(np.nan), X)
    yield classified('sk-histogram', HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(holes, y), X, by='bare')
    yield classified('sk-neurons', make_pipeline(StandardScaler(), MLPClassifier((16,), max_iter=400, random_state=0)).fit(X, names), X)
    yield classified('sk-bayes', GaussianNB().fit(X, y), X, by='register')
    yield classified('sk-vectors', SVC(probability=True, random_state=0).fit(X, y), X, by='bare')
    made = {
        'sk-pipeline': churn_pipeline(LogisticRegression(max_iter=1000), scaler=StandardScaler()),
        'sk-pipeline-bare': churn_pipeline(RandomForestClassifier(20, max_depth=8, random_state=0)),
        'sk-strict': churn_pipeline(LogisticRegression(max_iter=3000), unknown='error', scaler=StandardScaler()),
    }
    for name, (fitted, onnx, frame) in made.items():
        asked, by = frame[:300], 'log' if name == 'sk-pipeline' else 'bare'
        yield Case(name, onnx, asked, fitted.predict(asked), fitted.predict_proba(asked), fitted.classes_, by=by)


def scikit_others():
    X, y = housing()
    scaled = make_pipeline(StandardScaler(), LinearRegression()).fit(X, y)
    yield regressed('sk-linear', scaled, X)
    yield regressed('sk-forest-value', RandomForestRegressor(20, max_depth=10, random_state=0).fit(X, y), X, by='register')
    yield regressed('sk-boosting-value', GradientBoostingRegressor(n_estimators=30, random_state=0).fit(X, y), X, by='bare')
    yield regressed('sk-neighbours', make_pipeline(StandardScaler(), KNeighborsRegressor(5)).fit(X, y), X, by='bare')
    both = np.column_stack([y, y * 2 + 1])
    yield regressed('sk-two-values', make_pipeline(StandardScaler(), LinearRegression()).fit(X, both), X, by='bare')
    flowers, _ = iris()
    clusters = KMeans(3, n_init=1, random_state=0).fit(flowers)
    yield Case('sk-clusters', to_onnx(clusters, flowers[:1]), flowers, clusters.predict(flowers), by='bare')
    shorter = PCA(2).fit(flowers)
    yield Case('sk-components', to_onnx(shorter, flowers[:1]), flowers, shorter.transform(flowers), by='register')
    strange = IsolationForest(n_estimators=20, random_state=0).fit(flowers)
    onnx = to_onnx(strange, flowers[:1], target_opset={'': 17, 'ai.onnx.ml': 3})
    yield Case('sk-strange', onnx, flowers, strange.predict(flowers), by='bare')


def boosted():
    X, y = iris()
    H, v = housing()
    narrow, wide = [('input', FloatTensor([None, X.shape[1]]))], [('input', FloatTensor([None, H.shape[1]]))]
    for many in (True, False):
        kind, target = ('many', y) if many else ('two', (y == 2).astype(int))
        model = lightgbm.LGBMClassifier(n_estimators=20, verbose=-1, random_state=0).fit(X, target)
        onnx = onnxmltools.convert_lightgbm(model, initial_types=narrow)
        yield Case(f'lgb-{kind}', onnx, X, model.predict(X), model.predict_proba(X), model.classes_, by='log', share=0.999)
        model = xgboost.XGBClassifier(n_estimators=20, random_state=0).fit(X, target)
        onnx = onnxmltools.convert_xgboost(model, initial_types=narrow)
        yield Case(f'xgb-{kind}', onnx, X, model.predict(X), model.predict_proba(X), model.classes_, by='register')
    model = lightgbm.LGBMRegressor(n_estimators=50, verbose=-1, random_state=0).fit(H, v)
    onnx = onnxmltools.convert_lightgbm(model, initial_types=wide)
    yield Case('lgb-value', onnx, H[:1000], model.predict(H[:1000]), by='bare', share=0.999)
    model = xgboost.XGBRegressor(n_estimators=50, random_state=0).fit(H, v)
    onnx = onnxmltools.convert_xgboost(model, initial_types=wide)
    yield Case('xgb-value', onnx, H[:1000], model.predict(H[:1000]), by='log')


groups = {'scikit-classifiers': scikit_classifiers, 'scikit-others': scikit_others, 'boosted': boosted}

if __name__ == '__main__':
    print([case.name for case in groups[sys.argv[1]]()])
