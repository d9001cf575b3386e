"""Turns a scikit-learn, LightGBM or XGBoost model into ONNX and proves that it answers the same.

convert.py inspect MODEL REPORT                          what it is and what it needs; runs nothing of it
convert.py convert MODEL REPORT --out FILE [--example FILE] [--tolerance T]

The report is a JSON file: libraries print to standard output as they like.
"""
import argparse
import json
import sys
import traceback
from pathlib import Path

from model_files import Model, Unusable, example_of, missing_sentence, pip_name, versions_of

CONVERTERS = ['onnx', 'skl2onnx', 'onnxruntime']
MADE_UP_ROWS = 200
OPSETS = {'': 18, 'ai.onnx.ml': 3}


def packages_of(model):
    boosted = ['onnxmltools'] if model.library in ('lightgbm', 'xgboost') else []
    return [*model.packages(), *CONVERTERS, *boosted]


def inspect(path):
    model = Model(path)
    versions = versions_of(packages_of(model))
    missing = [name for name, version in versions.items() if version is None]
    return {
        'library': model.library,
        'flavor': model.flavor,
        'format': model.format,
        'file': model.file.name,
        'runs_code': model.runs_code,
        'python': '.'.join(map(str, sys.version_info[:3])),
        'executable': sys.executable,
        'versions': versions,
        **({'problem': missing_sentence(missing)} if missing else {}),
    }


def singles(frame):
    """Fractions rounded to float32, the precision that ONNX models are written in."""
    import numpy as np

    rounded = frame.copy()
    for name in rounded.columns:
        if rounded[name].dtype.kind == 'f':
            rounded[name] = rounded[name].astype(np.float32).astype(np.float64)
    return rounded


def made_up(estimator):
    import numpy as np
    import pandas as pd

    width = getattr(estimator, 'n_features_in_', None) or (estimator.num_feature() if hasattr(estimator, 'num_feature') else None)
    width = width or (estimator.num_features() if hasattr(estimator, 'num_features') else None)
    if not width or needs_columns(estimator):
        raise Unusable('Its rows cannot be made up: give some with --input-example rows.csv (or .json).')
    names = getattr(estimator, 'feature_names_in_', None)
    values = np.random.default_rng(0).normal(scale=3, size=(MADE_UP_ROWS, width))
    return pd.DataFrame(values, columns=list(names) if names is not None else [f'x{i}' for i in range(width)])


def needs_columns(estimator):
    """Whether columns are picked by name or place, as ColumnTransformer does: then each is an input of its own."""
    if type(estimator).__name__ in ('ColumnTransformer', 'TargetEncoder', 'OneHotEncoder', 'OrdinalEncoder'):
        return True
    return any(needs_columns(step) for _, step in getattr(estimator, 'steps', []) if step not in (None, 'passthrough', 'drop'))


def example_for(model, given, estimator):
    """Rows to compare on, and where they come from."""
    if given is not None:
        frame, source = example_of(Path(given)), 'the input example'
    else:
        saved = ((model.mlmodel or {}).get('saved_input_example_info') or {}).get('artifact_path')
        path = model.path / (saved or 'input_example.json')
        if model.mlmodel is None or not path.exists():
            return singles(made_up(estimator)), 'made-up rows'
        frame, source = example_of(path), "the model's own input example"
    names = getattr(estimator, 'feature_names_in_', None)
    if names is not None and set(names) <= set(frame.columns):
        frame = frame[list(names)]
    width = getattr(estimator, 'n_features_in_', None)
    if width and len(frame.columns) != width:
        raise Unusable(f"{source} has {len(frame.columns)} columns, the model takes {width}{'' if names is None else ': ' + ', '.join(names)}.")
    if len(frame) == 0:
        raise Unusable(f'{source} has no rows.')
    return singles(frame), source


def register_boosters():
    """Lets scikit-learn pipelines hold LightGBM and XGBoost models."""
    from skl2onnx import update_registered_converter
    from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes as classes
    from skl2onnx.common.shape_calculator import calculate_linear_regressor_output_shapes as values

    options = {'nocl': [True, False], 'zipmap': [True, False, 'columns']}
    if 'lightgbm' in sys.modules:
        import lightgbm
        from onnxmltools.convert.lightgbm.operator_converters.LightGbm import convert_lightgbm

        update_registered_converter(lightgbm.LGBMClassifier, 'LightGbmLGBMClassifier', classes, convert_lightgbm, options=options)
        update_registered_converter(lightgbm.LGBMRegressor, 'LightGbmLGBMRegressor', values, convert_lightgbm, options={'split': None})
    if 'xgboost' in sys.modules:
        import xgboost
        from onnxmltools.convert.xgboost.operator_converters.XGBoost import convert_xgboost

        update_registered_converter(xgboost.XGBClassifier, 'XGBoostXGBClassifier', classes, convert_xgboost, options=options)
        update_registered_converter(xgboost.XGBRegressor, 'XGBoostXGBRegressor', values, convert_xgboost)


def kind_of(values):
    if values.dtype.kind == 'b':
        return 'boolean'
    if values.dtype.kind in 'iu':
        return 'long'
    return 'double' if values.dtype.kind == 'f' else 'string'


def input_types(frame, estimator):
    """The graph's inputs: a matrix where all columns are numbers, else one input per column."""
    from skl2onnx.common.data_types import BooleanTensorType, FloatTensorType, Int64TensorType, StringTensorType

    kinds = {name: kind_of(frame[name]) for name in frame.columns}
    if 'string' not in kinds.values() and not needs_columns(estimator):
        return [('input', FloatTensorType([None, len(frame.columns)]))], {name: 'double' for name in kinds}
    tensors = {'double': FloatTensorType, 'long': Int64TensorType, 'boolean': BooleanTensorType, 'string': StringTensorType}
    return [(str(name), tensors[kind]([None, 1])) for name, kind in kinds.items()], kinds


def forget_names(estimator):
    """The converter reads XGBoost's trees by number of the column, not by name."""
    if type(estimator).__module__.startswith('xgboost'):
        booster = estimator.get_booster() if hasattr(estimator, 'get_booster') else estimator
        booster.feature_names = None


def to_onnx(estimator, inputs):
    kind = type(estimator).__module__.split('.')[0]
    if type(estimator).__name__ == 'Booster':
        import onnxmltools

        shape = inputs[0][1].shape
        types = [('input', onnxmltools.convert.common.data_types.FloatTensorType(shape))]
        convert = onnxmltools.convert_lightgbm if kind == 'lightgbm' else onnxmltools.convert_xgboost
        return convert(estimator, initial_types=types)
    import skl2onnx

    register_boosters()
    is_classifier = hasattr(estimator, 'classes_')
    options = {id(estimator): {'zipmap': False}} if is_classifier else None
    return skl2onnx.to_onnx(estimator, initial_types=inputs, options=options, target_opset=OPSETS)


def origin_answers(estimator, frame):
    """What the model itself says: labels or values, and probabilities where it gives them."""
    import numpy as np

    rows = frame if hasattr(estimator, 'feature_names_in_') or needs_columns(estimator) else frame.to_numpy()
    if type(estimator).__name__ == 'Booster':
        if type(estimator).__module__.startswith('xgboost'):
            import xgboost

            rows = xgboost.DMatrix(frame.to_numpy())
        return [np.asarray(estimator.predict(rows))]
    if not hasattr(estimator, 'predict'):
        return [np.asarray(estimator.transform(rows))]
    answers = [np.asarray(estimator.predict(rows))]
    if hasattr(estimator, 'predict_proba'):
        answers.append(np.asarray(estimator.predict_proba(rows)))
    return answers


def onnx_answers(onnx, frame, inputs):
    import numpy as np
    import onnxruntime

    session = onnxruntime.InferenceSession(onnx.SerializeToString(), providers=['CPUExecutionProvider'])
    if len(session.get_inputs()) == 1 and len(inputs) == 1 and inputs[0][1].shape[1] == len(frame.columns) and inputs[0][0] == 'input':
        return session.run(None, {session.get_inputs()[0].name: frame.to_numpy().astype(np.float32)})
    feeds = {}
    for name in frame.columns:
        values = frame[name].to_numpy()
        kinds = {'f': np.float32, 'i': np.int64, 'u': np.int64, 'b': bool}
        values = values.astype(kinds[values.dtype.kind]) if values.dtype.kind in kinds else values.astype(str).astype(object)
        feeds[str(name)] = values.reshape(-1, 1)
    return session.run(None, feeds)


def as_matrix(answer):
    """Probabilities of a ZipMap as a matrix, others as they are."""
    import numpy as np

    if isinstance(answer, list):
        return np.array([list(row.values()) for row in answer])
    return np.asarray(answer)


def compare(origin, ours, tolerance):
    """Rows that differ, and the largest difference of a number."""
    import numpy as np

    ours = [as_matrix(answer) for answer in ours]
    pairs = list(zip(origin, ours))
    if len(origin) == 1 and len(ours) > 1 and origin[0].dtype.kind == 'f':
        # A Booster says shares; its ONNX form a label and shares.
        shares = ours[1][:, 1] if origin[0].ndim == 1 and ours[1].ndim == 2 and ours[1].shape[1] == 2 else ours[1]
        pairs = [(origin[0], shares)]
    differs = np.zeros(len(origin[0]), dtype=bool)
    largest = 0.0
    for theirs, got in pairs:
        if theirs.dtype.kind in 'OUSb' or got.dtype.kind in 'OUS':
            text = lambda v: str(int(v)) if isinstance(v, (bool, np.bool_)) else str(v)
            differs |= np.array([text(a) != text(b) for a, b in zip(theirs.ravel(), got.ravel())]).reshape(len(theirs), -1).any(axis=1)
            continue
        theirs, got = theirs.astype(float).reshape(len(theirs), -1), got.astype(float).reshape(len(theirs), -1)
        if theirs.shape != got.shape:
            raise Unusable(f'The ONNX form answers {got.shape[1]} numbers a row, the model {theirs.shape[1]}.')
        gap = np.where(np.isnan(theirs) & np.isnan(got), 0, np.abs(theirs - got) / np.maximum(1, np.abs(theirs)))
        gap = np.where(np.isnan(gap), np.inf, gap)
        differs |= (gap > tolerance).any(axis=1)
        largest = max(largest, float(gap.max(initial=0)))
    return np.flatnonzero(differs).tolist(), largest


def convert(options):
    model = Model(options.model)
    estimator = model.load()
    if not any(hasattr(estimator, name) for name in ('predict', 'transform')):
        raise Unusable(f"It holds a {type(estimator).__module__}.{type(estimator).__name__}, which has no predict.")
    frame, source = example_for(model, options.example, estimator)
    inputs, kinds = input_types(frame, estimator)
    origin = origin_answers(estimator, frame)
    forget_names(estimator)
    onnx = to_onnx(estimator, inputs)
    differing, largest = compare(origin, onnx_answers(onnx, frame, inputs), options.tolerance)
    result = {
        'class': f'{type(estimator).__module__}.{type(estimator).__name__}',
        'rows': len(frame),
        'source': source,
        'max_difference': largest if largest != float('inf') else None,
        'differing_rows': differing[:20],
        'differing': len(differing),
        'inputs': [{'type': kind, 'name': str(name), 'required': True} for name, kind in kinds.items()],
    }
    if not differing:
        Path(options.out).write_bytes(onnx.SerializeToString())
    return result


def failure(error):
    """One sentence for a person; the trace goes to standard error."""
    if isinstance(error, Unusable):
        return {'problem': str(error)}
    traceback.print_exc()
    if isinstance(error, ModuleNotFoundError):
        return {'problem': missing_sentence([pip_name(error)])}
    return {'problem': f'{type(error).__name__}: {str(error).strip()[:2000] or "no reason given"}'}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('action', choices=['inspect', 'convert'])
    parser.add_argument('model')
    parser.add_argument('report')
    parser.add_argument('--out')
    parser.add_argument('--example')
    parser.add_argument('--tolerance', type=float, default=1e-5)
    options = parser.parse_args()
    try:
        result = inspect(options.model) if options.action == 'inspect' else convert(options)
    except Exception as error:
        result = failure(error)
    Path(options.report).write_text(json.dumps(result))


main()
