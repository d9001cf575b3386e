"""Holds one model and answers its parent: frames of four bytes of length (little endian) and JSON, in on descriptor 3, out on descriptor 4.

serve.py FOLDER MEMORY_BYTES

First comes {"columns": [{"name", "type", "required"}] or null}; the answer tells inputs, outputs, classes and versions. Then
{"id", "rows", "columns": [[value, …], …]} is answered with {"id", "outputs": [{"name", "type", "dims", "data"}]} or {"id", "error", "kind"}.
"""
import ctypes
import json
import os
import resource
import signal
import struct
import sys
from pathlib import Path

KEPT = ('PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'LD_LIBRARY_PATH', 'VIRTUAL_ENV', 'CONDA_PREFIX')
PREFIXES = ('LC_', 'PYTHON', 'OMP_', 'OPENBLAS_', 'MKL_')


def prepare(memory):
    """Before anything of the model is read: secrets of the parent go, memory is bounded, and the end of the parent is ours."""
    for name in list(os.environ):
        if name not in KEPT and not name.startswith(PREFIXES):
            del os.environ[name]
    os.environ.setdefault('OMP_NUM_THREADS', '1')
    os.environ.update(MLFLOW_DISABLE_TELEMETRY='true', DO_NOT_TRACK='true', GIT_PYTHON_REFRESH='quiet', PYTHONWARNINGS='ignore')
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == 'linux':
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def read(stream):
    head = stream.read(4)
    if len(head) < 4:
        sys.exit(0)
    return json.loads(stream.read(struct.unpack('<I', head)[0]))


def write(stream, value):
    body = json.dumps(value, allow_nan=False).encode()
    stream.write(struct.pack('<I', len(body)) + body)
    stream.flush()


DTYPES = {'double': 'float64', 'float': 'float32', 'long': 'int64', 'integer': 'int32', 'boolean': 'bool'}


class Served:
    """A loaded model behind one way of asking: rows in columns, outputs by name."""

    def __init__(self, folder, columns):
        from model_files import Model, Unusable, mlmodel_of

        self.estimator, self.function = None, None
        flavors = mlmodel_of(folder).get('flavors') or {}
        if any(name in flavors for name in ('sklearn', 'lightgbm', 'xgboost')):
            self.estimator = Model(folder).load()
        if self.estimator is None or type(self.estimator).__name__ == 'Booster':
            from mlflow import pyfunc

            self.estimator, self.function = None, pyfunc.load_model(str(folder))
        self.columns = columns or self.own_columns(Unusable)
        self.example = self.example_row(folder)

    def own_columns(self, refuse):
        width = getattr(self.estimator, 'n_features_in_', None)
        if width is None:
            raise refuse('it has no signature that names its columns: log it with signature=infer_signature(…), or with an input example.')
        names = getattr(self.estimator, 'feature_names_in_', None)
        names = [f'x{i}' for i in range(width)] if names is None else [str(name) for name in names]
        return [{'name': name, 'type': 'double', 'required': True} for name in names]

    def example_row(self, folder):
        """A row that the model was logged with, by column; None where there is none."""
        from model_files import example_of

        path = folder / 'input_example.json'
        try:
            first = example_of(path).iloc[0].tolist() if path.exists() else []
        except Exception:
            return None
        return [plain(value) for value in first] if len(first) == len(self.columns) else None

    def frame(self, values):
        import pandas as pd

        made = {}
        for column, cells in zip(self.columns, values, strict=True):
            series = pd.Series(cells) if column['type'] == 'string' else pd.Series(cells, dtype='float64')
            whole = column['type'] != 'string' and not series.isna().any()
            made[column['name']] = series.astype(DTYPES[column['type']]) if whole else series
        return pd.DataFrame(made)

    def predict(self, values):
        frame = self.frame(values)
        if self.function is not None:
            return outputs_of(self.function.predict(frame), len(frame))
        named = hasattr(self.estimator, 'feature_names_in_') or any(column['type'] == 'string' for column in self.columns)
        rows = frame if named or hasattr(self.estimator, 'steps') and takes_names(self.estimator) else frame.to_numpy()
        if not hasattr(self.estimator, 'predict'):
            return outputs_of(self.estimator.transform(rows), len(frame))
        outputs = outputs_of(self.estimator.predict(rows), len(frame), self.classes())
        if self.classes() is not None and hasattr(self.estimator, 'predict_proba'):
            shares = self.estimator.predict_proba(rows)
            outputs.append(tensor('probabilities', 'float64', shares))
        return outputs

    def classes(self):
        found = getattr(self.estimator, 'classes_', None)
        return None if found is None or isinstance(found, list) else [label(value) for value in found]


def takes_names(pipeline):
    return any(type(step).__name__ == 'ColumnTransformer' for _, step in pipeline.steps)


def plain(value):
    value = value.item() if hasattr(value, 'item') else value
    return None if isinstance(value, float) and (value != value or value in (float('inf'), float('-inf'))) else value


def label(value):
    """Whole numbers and truth values as numbers, as ONNX has them; everything else as text."""
    value = plain(value)
    if isinstance(value, bool) or isinstance(value, float) and value.is_integer():
        return int(value)
    return value if isinstance(value, int) else str(value)


def tensor(name, kind, array):
    import numpy as np

    array = np.asarray(array)
    flat = array.ravel().tolist()
    if kind == 'float64':
        flat = [plain(float(value)) for value in flat]
    return {'name': name, 'type': kind, 'dims': list(array.shape), 'data': flat}


def labels(name, array):
    import numpy as np

    values = [label(value) for value in np.asarray(array).ravel()]
    kind = 'int64' if all(isinstance(value, int) for value in values) else 'string'
    return {'name': name, 'type': kind, 'dims': [len(values)], 'data': values if kind == 'int64' else [str(v) for v in values]}


def outputs_of(answer, rows, classes=None):
    """What a model said, as tensors with one entry per row."""
    import numpy as np
    import pandas as pd

    if isinstance(answer, pd.DataFrame) and answer.shape[1] > 1:
        return [numbers_or_text(str(name), answer[name].to_numpy()) for name in answer.columns]
    if hasattr(answer, 'toarray'):
        answer = answer.toarray()
    array = np.asarray(answer)
    if array.ndim == 0 or len(array) != rows:
        raise TypeError(f'the model answered {type(answer).__name__} with {len(array) if array.ndim else 1} entries for {rows} rows')
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim > 1:
        return [tensor('prediction', 'float64', array.astype(float))]
    if array.dtype.kind == 'O' and any(isinstance(value, (dict, list, tuple, set)) for value in array):
        raise TypeError('the model answered rows of lists or dictionaries, which have no columns')
    if classes is not None or array.dtype.kind in 'OUS':
        return [labels('label', array)]
    return [numbers_or_text('prediction', array)]


def numbers_or_text(name, array):
    return tensor(name, 'float64', array.astype(float)) if array.dtype.kind in 'fiub' else labels(name, array)


def described(served):
    """Names, types and shapes of what a trial row brings; where no row is known, what the estimator tells of itself."""
    classes = served.classes()
    guess = ['' if column['type'] == 'string' else 1 for column in served.columns]
    try:
        trial = served.predict([[value] for value in (served.example or guess)])
    except Exception:
        if classes is None or served.example is not None:
            raise
        kind = 'int64' if all(isinstance(value, int) for value in classes) else 'string'
        trial = [{'name': 'label', 'type': kind, 'dims': [1]}]
        if hasattr(served.estimator, 'predict_proba'):
            trial.append({'name': 'probabilities', 'type': 'float64', 'dims': [1, len(classes)]})
    outputs = [{'name': t['name'], 'type': t['type'], 'shape': [-1, *t['dims'][1:]]} for t in trial]
    return {'columns': served.columns, 'outputs': outputs, 'classes': classes, 'example': served.example}


def main():
    folder, memory = Path(sys.argv[1]), int(sys.argv[2])
    prepare(memory)
    with os.fdopen(3, 'rb') as incoming, os.fdopen(4, 'wb') as outgoing:
        from model_files import Unusable, missing_sentence, pip_name

        asked = read(incoming)
        try:
            served = Served(folder, asked['columns'])
            write(outgoing, described(served))
        except ModuleNotFoundError as error:
            return write(outgoing, {'error': missing_sentence([pip_name(error)])})
        except Unusable as error:
            return write(outgoing, {'error': str(error)})
        except Exception as error:
            return write(outgoing, {'error': f'{type(error).__name__}: {error}'[:2000]})
        while True:
            asked = read(incoming)
            try:
                answer = {'id': asked['id'], 'outputs': served.predict(asked['columns'])}
            except Exception as error:
                kind = 'input' if isinstance(error, (ValueError, KeyError)) else 'model'
                answer = {'id': asked['id'], 'error': f'{type(error).__name__}: {error}'[:500], 'kind': kind}
            write(outgoing, answer)


main()
