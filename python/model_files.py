"""What a model file or MLflow model folder is, which packages it needs, and how it is loaded. Knowing runs nothing of it; loading may."""
import importlib
import json
import re
import sys
from importlib import metadata
from pathlib import Path

# Import names by the name that pip knows.
IMPORTS = {'scikit-learn': 'sklearn', 'pyyaml': 'yaml', 'xgboost-cpu': 'xgboost'}
PIP = {name: pip for pip, name in IMPORTS.items() if pip != 'xgboost-cpu'}
# The same package under another name.
OTHER_NAMES = {'xgboost': ['xgboost-cpu', 'xgboost']}
LIBRARIES = {'sklearn': 'scikit-learn', 'lightgbm': 'lightgbm', 'xgboost': 'xgboost'}


class Unusable(Exception):
    """A reason in a sentence."""


def versions_of(packages):
    found = {}
    for package in packages:
        for name in OTHER_NAMES.get(package, [package]):
            try:
                found[package] = metadata.version(name)
                break
            except metadata.PackageNotFoundError:
                found[package] = None
    return found


def missing_sentence(missing):
    """Names the command that mends it."""
    many = 's' if len(missing) > 1 else ''
    return f"{sys.executable} lacks the package{many} {', '.join(missing)}: {sys.executable} -m pip install {' '.join(missing)}"


def scalar(text):
    text = text.strip()
    return None if text in ('null', '~', '') else text.strip('"\'')


def flavors_without_yaml(text):
    """The flavors of an MLmodel file where PyYAML is not there: two levels of keys, as MLflow writes them."""
    flavors, inside, flavor = {}, False, None
    for line in text.splitlines():
        if not line.startswith(' '):
            inside = line.startswith('flavors:')
        elif inside and (top := re.match(r'^  ([\w.]+):\s*$', line)):
            flavor = flavors.setdefault(top[1], {})
        elif inside and flavor is not None and (leaf := re.match(r'^    ([\w.]+):(.*)$', line)):
            flavor[leaf[1]] = scalar(leaf[2])
    return flavors


def mlmodel_of(folder):
    text = (folder / 'MLmodel').read_text()
    try:
        import yaml
    except ImportError:
        return {'flavors': flavors_without_yaml(text)}
    return yaml.safe_load(text) or {}


def within(folder, name):
    path = (folder / str(name)).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise Unusable(f"The MLmodel file names '{name}', which lies outside of the model's folder.")
    return path


def library_in(path):
    """The library whose classes a pickle names, by its bytes; compressed ones tell nothing."""
    data = path.read_bytes()
    return next((name for name in ('lightgbm', 'xgboost', 'sklearn') if name.encode() in data), None)


def is_data_type(name):
    """Whether a type is one of the libraries' own estimators and containers."""
    return re.match(r'^(sklearn|lightgbm|xgboost)(\.\w+)+$|^collections\.OrderedDict$|^numpy\.(dtype|ndarray|float\d+|int\d+)$', name) is not None


def format_of(path):
    suffix = path.suffix.lower()
    if suffix == '.skops':
        return 'skops'
    if suffix in ('.ubj', '.json', '.xgb', '.bst'):
        return 'xgboost'
    if suffix in ('.txt', '.lgb'):
        return 'lightgbm'
    if suffix in ('.pkl', '.pickle', '.joblib', '.cloudpickle', '.sav'):
        return 'pickle'
    raise Unusable(
        f"'{path.name}' is no model that can be read: a pickle or joblib file (.pkl, .joblib), skops (.skops), LightGBM text (.txt), "
        'XGBoost JSON (.json, .ubj), or a folder with an MLmodel file.'
    )


class Model:
    """One model, not loaded yet."""

    def __init__(self, path):
        self.path = Path(path)
        if not self.path.exists():
            raise Unusable(f"There is no '{path}'.")
        self.mlmodel = mlmodel_of(self.path) if self.path.is_dir() and (self.path / 'MLmodel').exists() else None
        if self.path.is_dir() and self.mlmodel is None:
            raise Unusable(f"'{path}' holds no MLmodel file.")
        self.flavors = (self.mlmodel or {}).get('flavors') or {}
        self.flavor = next((name for name in ('sklearn', 'lightgbm', 'xgboost') if name in self.flavors), None)
        if self.mlmodel is None:
            self.file = self.path
        elif self.flavor is not None:
            options = self.flavors[self.flavor]
            self.file = within(self.path, options.get('pickled_model') or options.get('data') or 'model.pkl')
        else:
            raise Unusable(
                f"Its flavors are {', '.join(self.flavors) or 'none'}; sklearn, lightgbm and xgboost can be converted. "
                'A pyfunc is Python code without a form in ONNX: serve it with serving.python.enabled.'
            )
        self.format = 'lightgbm' if self.file.suffix == '.lgb' else format_of(self.file)
        self.library = self.flavor or (self.format if self.format in LIBRARIES else library_in(self.file)) or 'sklearn'

    @property
    def runs_code(self):
        """Whether reading it may run code that stands in it. A skops file runs nothing but the types that its MLmodel file calls trusted."""
        options = self.flavors.get(self.flavor) or {}
        named = options.get('skops_trusted_types') or []
        return self.format == 'pickle' or bool(options.get('code')) or any(not is_data_type(name) for name in named)

    def packages(self):
        extra = {'skops': ['skops'], 'pickle': ['joblib', 'cloudpickle']}.get(self.format, [])
        return ['numpy', 'pandas', LIBRARIES[self.library], *extra]

    def load(self):
        if self.flavor and self.flavors[self.flavor].get('code'):
            sys.path.insert(0, str(within(self.path, self.flavors[self.flavor]['code'])))
        if self.format == 'skops':
            from skops import io

            trusted = self.flavors.get(self.flavor, {}).get('skops_trusted_types') or []
            return io.load(self.file, trusted=trusted)
        if self.format == 'pickle':
            import joblib

            return joblib.load(self.file)
        if self.format == 'lightgbm':
            import lightgbm

            return lightgbm.Booster(model_file=str(self.file))
        import xgboost

        name = (self.flavors.get('xgboost') or {}).get('model_class') or ''
        made = getattr(xgboost, name.rsplit('.', 1)[-1])() if name.startswith('xgboost.') else xgboost.Booster()
        made.load_model(self.file)
        return made


def pip_name(error):
    """The package of a module that could not be found."""
    module = (error.name or '').split('.')[0]
    return PIP.get(module, module)


def is_importable(name):
    try:
        importlib.import_module(name)
        return True
    except ImportError:
        return False


def example_of(path):
    """A table from a CSV file or JSON: MLflow's split form, records, or a list of rows."""
    import pandas as pd

    if path.suffix.lower() == '.csv':
        return pd.read_csv(path)
    value = json.loads(path.read_text())
    if isinstance(value, dict):
        value = value.get('dataframe_split') or value.get('dataframe_records') or value.get('inputs') or value.get('instances') or value
    if isinstance(value, dict) and 'data' in value:
        return pd.DataFrame(value['data'], columns=value.get('columns'))
    if isinstance(value, dict):
        return pd.DataFrame([value]) if not any(isinstance(v, list) for v in value.values()) else pd.DataFrame(value)
    if not isinstance(value, list) or not value:
        raise Unusable(f"'{path.name}' holds no rows: give a CSV, a list of rows or records, or MLflow's split form.")
    return pd.DataFrame(value if isinstance(value[0], (list, dict)) else [value])
