import { expect, test } from 'vitest';
import { reasonOf } from './ort-session.ts';

test.each([
  [
    "Non-zero status code returned while running TreeEnsembleClassifier node. Name:'T' Status Message: /onnxruntime_src/onnxruntime/core/providers/cpu/ml/tree_ensemble_common.h:624 void onnxruntime::ml::detail::TreeEnsembleCommon<InputType, ThresholdType, OutputType>::ComputeAgg(onnxruntime::concurrency::ThreadPool*, const onnxruntime::Tensor*, const AGG&) const [with AGG = onnxruntime::ml::detail::TreeAggregatorClassifier<float, float, float>; InputType = float] One path in the graph requests feature 4 but input tensor has 1 features.",
    "Non-zero status code returned while running TreeEnsembleClassifier node. Name:'T' Status Message: One path in the graph requests feature 4 but input tensor has 1 features.",
  ],
  [
    'Exception during initialization: /onnxruntime_src/x/string_normalizer.cc:12 onnxruntime::StringNormalizer::Locale::Locale(const std::string&)::<lambda()> Failed to construct locale',
    'Exception during initialization: Failed to construct locale',
  ],
  [
    "running MatMul node. Name:'' Status Message: matmul_helper.h:59 Compute dimension mismatch",
    "running MatMul node. Name:'' Status Message: Compute dimension mismatch",
  ],
  ['Got invalid dimensions for input: x index: 1 Got: 3 Expected: 4', 'Got invalid dimensions for input: x index: 1 Got: 3 Expected: 4'],
])('the engine says what is wrong without where in its source: %#', (message, reason) => {
  expect(reasonOf(new Error(message))).toBe(reason);
});

test.each(['a', 'a/', 'a.', 'onnxruntime::', 'a b '])('a name of a megabyte of %j in a message holds nobody up', (part) => {
  const message = `Node (${part.repeat(1e6 / part.length)}) failed at /x/y.cc:12 z`;
  const before = process.cpuUsage();
  for (let i = 0; i < 10; i++) expect(reasonOf(new Error(message))).toHaveLength(500);
  const { user, system } = process.cpuUsage(before);
  // Milliseconds here, and more than ten minutes where each letter begins a walk to the end.
  expect((user + system) / 1000).toBeLessThan(5000);
});
