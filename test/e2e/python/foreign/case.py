"""One model of foreign origin with the rows that it is asked and what its origin says of them."""
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass
class Case:
    name: str
    onnx: Any
    # An array [rows, features], or a DataFrame with a column per input.
    rows: Any
    # The origin's labels or values, one per row; None where the model is neither classifier nor regressor.
    expected: Any
    probabilities: Any = None
    classes: Any = None
    # 'log': MLflow's client with a signature, 'bare': without one, 'register': the command line.
    by: str = 'log'
    # Share of the rows that must agree: below 1 only where the origin splits on float64 values between two float32 ones.
    share: float = 1.0
    options: dict = field(default_factory=dict)

    @property
    def is_table(self):
        return not isinstance(self.rows, np.ndarray)


def singles(array):
    """Values as an ONNX model with float inputs sees them."""
    return np.asarray(array, dtype=np.float32)
