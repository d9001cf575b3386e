"""Small ONNX files as nobody's exporter writes them: text in and out, narrow integers, several inputs and outputs, images."""
import numpy as np
import onnxruntime
import pandas as pd
from onnx import TensorProto as T
from onnx import checker, helper, numpy_helper

from case import Case, singles


def model(nodes, inputs, outputs, constants=()):
    values = lambda infos: [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in infos]
    graph = helper.make_graph(nodes, 'handmade', values(inputs), values(outputs), list(constants))
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17), helper.make_opsetid('ai.onnx.ml', 3)])
    made.ir_version = 8
    checker.check_model(made)
    return made


def run(made, feeds):
    session = onnxruntime.InferenceSession(made.SerializeToString(), providers=['CPUExecutionProvider'])
    return dict(zip([output.name for output in session.get_outputs()], session.run(None, feeds)))


node = helper.make_node


def words():
    """Text in, text out, one dimension."""
    codes = node('LabelEncoder', ['word'], ['code'], domain='ai.onnx.ml', keys_strings=['yes', 'no'], values_int64s=[1, 0], default_int64=-1)
    back = node('LabelEncoder', ['code'], ['answer'], domain='ai.onnx.ml', keys_int64s=[1, 0], values_strings=['ano', 'ne'], default_string='?')
    made = model([codes, back], [('word', T.STRING, ['N'])], [('answer', T.STRING, ['N'])])
    asked = pd.DataFrame({'word': ['yes', 'no', 'perhaps', 'žluťoučký', 'yes']})
    return Case('hand-words', made, asked, np.array(['ano', 'ne', '?', '?', 'ano']), by='register')


def narrow():
    """Bytes in a matrix; the answer is a float."""
    wide = node('Cast', ['x'], ['f'], to=T.FLOAT)
    total = node('ReduceSum', ['f', 'axis'], ['sum'], keepdims=1)
    made = model([wide, total], [('x', T.INT8, ['N', 3])], [('sum', T.FLOAT, ['N', 1])], [helper.make_tensor('axis', T.INT64, [1], [1])])
    asked = np.random.default_rng(1).integers(-128, 128, (20, 3)).astype(np.int8)
    return Case('hand-narrow', made, asked, asked.astype(np.float32).sum(axis=1), by='bare')


def doubles():
    """A model that keeps 64 bits."""
    made = model([node('Mul', ['x', 'x'], ['square'])], [('x', T.DOUBLE, ['N', 1])], [('square', T.DOUBLE, ['N', 1])])
    asked = np.array([[0.1], [1e-9], [123456.789]])
    return Case('hand-doubles', made, asked, (asked**2).ravel(), by='register')


def several():
    """Inputs of three types, outputs of two shapes."""
    nodes = [
        node('Cast', ['many'], ['manyf'], to=T.FLOAT),
        node('Mul', ['price', 'manyf'], ['total']),
        node('Cast', ['member'], ['memberf'], to=T.FLOAT),
        node('Concat', ['price', 'manyf', 'memberf'], ['all'], axis=1),
    ]
    inputs = [('price', T.FLOAT, ['N', 1]), ('many', T.INT64, ['N', 1]), ('member', T.BOOL, ['N', 1])]
    made = model(nodes, inputs, [('total', T.FLOAT, ['N', 1]), ('all', T.FLOAT, ['N', 3])])
    asked = pd.DataFrame({'price': singles([1.5, 2.25, -3]), 'many': np.array([2, 3, 4]), 'member': [True, False, True]})
    return Case('hand-several', made, asked, {'total': [3, 6.75, -12], 'all': [[1.5, 2, 1], [2.25, 3, 0], [-3, 4, 1]]}, by='bare')


def one_row():
    """A graph that takes exactly one row at a time."""
    made = model([node('ReduceMax', ['x'], ['top'], axes=[1], keepdims=1)], [('x', T.FLOAT, [1, 4])], [('top', T.FLOAT, [1, 1])])
    asked = singles(np.random.default_rng(2).normal(size=(6, 4)))
    return Case('hand-one-row', made, asked, asked.max(axis=1), by='register')


def weights(by):
    """A layer whose weights are raw bytes, as PyTorch writes them: MLflow and onnx.save put such into a file of their own."""
    rng = np.random.default_rng(4)
    matrix = rng.normal(size=(6, 300)).astype(np.float32)
    back = (rng.normal(size=(300, 1)) / 300).astype(np.float32)
    nodes = [node('MatMul', ['x', 'w'], ['h']), node('Relu', ['h'], ['r']), node('MatMul', ['r', 'b'], ['y'])]
    constants = [numpy_helper.from_array(matrix, 'w'), numpy_helper.from_array(back, 'b')]
    made = model(nodes, [('x', T.FLOAT, ['N', 6])], [('y', T.FLOAT, ['N', 1])], constants)
    asked = singles(rng.normal(size=(10, 6)))
    expected = run(made, {'x': asked})['y'].ravel()
    return Case(f'hand-weights-{by}', made, asked, expected, by=by)


def cases():
    for make in (words, narrow, doubles, several, one_row):
        yield make()
    for by in ('bare', 'register'):
        yield weights(by)


def image():
    """A picture in, a class out: no columns at all."""
    rng = np.random.default_rng(3)
    weights = helper.make_tensor('w', T.FLOAT, [4, 3, 3, 3], rng.normal(size=108).astype(np.float32))
    nodes = [
        node('Conv', ['pixels', 'w'], ['c'], pads=[1, 1, 1, 1]),
        node('Relu', ['c'], ['r']),
        node('GlobalAveragePool', ['r'], ['g']),
        node('Flatten', ['g'], ['f']),
        node('Softmax', ['f'], ['probabilities'], axis=1),
        node('ArgMax', ['probabilities'], ['label'], axis=1, keepdims=0),
    ]
    outputs = [('label', T.INT64, ['N']), ('probabilities', T.FLOAT, ['N', 4])]
    return model(nodes, [('pixels', T.FLOAT, ['N', 3, 8, 8])], outputs, [weights])


def halves():
    """Half precision, two tensors of different rank, and a scalar."""
    nodes = [node('Cast', ['h'], ['f'], to=T.FLOAT), node('ReduceSum', ['f'], ['sum'], keepdims=0), node('Neg', ['h'], ['minus'])]
    return model(nodes, [('h', T.FLOAT16, ['A', 'B', 2])], [('sum', T.FLOAT, []), ('minus', T.FLOAT16, ['A', 'B', 2])])


def sequence():
    """An output that is no tensor: nothing can serve it."""
    made = node('SequenceConstruct', ['x', 'x'], ['twice'])
    graph = helper.make_graph(
        [made],
        'handmade',
        [helper.make_tensor_value_info('x', T.FLOAT, ['N', 2])],
        [helper.make_tensor_sequence_value_info('twice', T.FLOAT, ['N', 2])],
    )
    whole = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)])
    whole.ir_version = 8
    return whole
