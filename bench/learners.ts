// Fits every learner on California housing (and on the same data as classes above or below the median price), then
// scikit-learn on the same rows, one thread each. Another CSV file: node bench/learners.ts --data FILE --target COLUMN
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { evaluate } from '#learners/metrics.ts';
import { fitPipeline } from '#learners/pipeline.ts';
import { createRandom, permutation } from '#learners/random.ts';
import { learners } from '#learners/registry.ts';
import { type Column, type Table, type Target, takeRows, takeTarget } from '#learners/table.ts';

interface Outcome {
  readonly learner: string;
  readonly seconds: number;
  readonly cpu: number;
  readonly score: number;
}

interface Problem {
  readonly title: string;
  readonly table: Table;
  readonly target: Target;
}

const california = new URL('../examples/data/california_housing.csv', import.meta.url).pathname;
const { values: flags } = parseArgs({
  options: {
    data: { type: 'string', default: california },
    target: { type: 'string', default: 'MedHouseVal' },
    only: { type: 'string' },
    seed: { type: 'string', default: '42' },
    oracle: { type: 'boolean', default: true },
  },
  allowNegative: true,
});

const problem = readProblem(flags.data, flags.target);
for (const each of problem.target.kind === 'regression' ? [problem, asClasses(problem)] : [problem]) compare(each);

/** Reads a plain CSV file; columns with anything but numbers are categories, '' and '?' are missing. */
function readProblem(file: string, targetName: string): Problem {
  const [header, ...lines] = readFileSync(file, 'utf8').trim().split(/\r?\n/u);
  const rows = lines.map((line) => line.split(','));
  const columns = header!.split(',').map((name, j): Column => {
    const texts = rows.map((row) => (row[j] === '?' ? '' : (row[j] ?? '').trim()));
    const numbers = texts.map((text) => (text === '' ? Number.NaN : Number(text)));
    if (texts.every((text, i) => text === '' || !Number.isNaN(numbers[i])))
      return { kind: 'number', name, values: Float64Array.from(numbers) };
    const categories = [...new Set(texts)].filter((text) => text !== '').sort();
    const positions = new Map(categories.map((category, i) => [category, i]));
    return { kind: 'category', name, categories, codes: Int32Array.from(texts, (text) => positions.get(text) ?? -1) };
  });
  const column = columns.find((each) => each.name === targetName);
  if (!column) throw new Error(`${file} has no column '${targetName}'`);
  const table = { rows: rows.length, columns: columns.filter((each) => each !== column) };
  const target: Target =
    column.kind === 'number'
      ? { kind: 'regression', name: targetName, values: column.values }
      : { kind: 'classification', name: targetName, classes: column.categories, codes: column.codes };
  return { title: `${targetName} (${target.kind})`, table, target };
}

function asClasses({ table, target }: Problem): Problem {
  if (target.kind !== 'regression') throw new Error('needs a regression');
  const median = target.values.toSorted()[target.values.length >> 1]!;
  const codes = Int32Array.from(target.values, (value) => (value > median ? 1 : 0));
  return { title: `${target.name} above its median`, table, target: { kind: 'classification', name: target.name, classes: [0, 1], codes } };
}

function compare({ title, table, target }: Problem): void {
  const order = permutation(table.rows, createRandom(Number(flags.seed)));
  const trainRows = Math.floor(table.rows * 0.8);
  const split = { train: order.slice(0, trainRows), test: order.slice(trainRows) };
  const ours = learners
    .filter((learner) => learner.tasks.includes(target.kind) && (!flags.only || learner.name === flags.only))
    .map((learner) => run({ title, table, target }, split, learner.name));
  const theirs = flags.oracle ? askScikitLearn({ title, table, target }, split) : [];
  const score = target.kind === 'regression' ? 'RMSE' : 'accuracy';
  console.log(`\n${title}: ${split.train.length} rows to train, ${split.test.length} to test, ${table.columns.length} columns`);
  console.log(`learner    seconds     CPU  ${score.padEnd(9)}| scikit-learn: seconds     CPU  ${score.padEnd(9)}| ratio of CPU`);
  for (const own of ours) {
    const other = theirs.find((each) => each.learner === own.learner);
    console.log(
      `${own.learner.padEnd(9)}${columnsOf(own)} |               ${other ? columnsOf(other) : ''} | ${other ? (own.cpu / other.cpu).toFixed(2) : ''}`,
    );
  }
}

function columnsOf({ seconds, cpu, score }: Outcome): string {
  return [seconds.toFixed(3), cpu.toFixed(3), score.toFixed(4)].map((text) => text.padStart(8)).join(' ');
}

/** The median of five fits (of two forests), the first of which also pays for compilation. */
function run({ table, target }: Problem, split: { train: Int32Array; test: Int32Array }, learner: string): Outcome {
  const train = takeRows(table, split.train);
  const trainTarget = takeTarget(target, split.train);
  const params = learner === 'tree' ? { max_depth: 10 } : {};
  const runs = Array.from({ length: learner === 'forest' ? 2 : 5 }, () => {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const pipeline = fitPipeline(train, trainTarget, { learner, params });
    const seconds = (performance.now() - start) / 1000;
    const used = process.cpuUsage(cpu);
    return { pipeline, seconds, cpu: (used.user + used.system) / 1e6 };
  }).sort((a, b) => a.seconds - b.seconds);
  const middle = runs[Math.floor(runs.length / 2)]!;
  const metrics = evaluate(takeTarget(target, split.test), middle.pipeline.predict(takeRows(table, split.test)));
  return { learner, seconds: middle.seconds, cpu: middle.cpu, score: (metrics.rmse ?? metrics.accuracy)! };
}

function askScikitLearn({ table, target }: Problem, split: { train: Int32Array; test: Int32Array }): Outcome[] {
  const python = process.env.TRAINYARD_PYTHON ?? join(homedir(), '.cache/trainyard-services/python/bin/python');
  if (!existsSync(python)) {
    console.log('No Python with scikit-learn: set TRAINYARD_PYTHON, or see npm run services -- python.');
    return [];
  }
  const columns = Object.fromEntries(
    table.columns.map((column) => [
      column.name,
      column.kind === 'number'
        ? [...column.values].map((v) => (Number.isNaN(v) ? null : v))
        : Array.from(column.codes, (c) => column.categories[c] ?? ''),
    ]),
  );
  const request = {
    task: target.kind,
    only: flags.only ?? null,
    columns,
    categories: table.columns.filter((column) => column.kind === 'category').map((column) => column.name),
    target: target.kind === 'regression' ? [...target.values] : [...target.codes],
    train: [...split.train],
    test: [...split.test],
  };
  const one = { OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', MKL_NUM_THREADS: '1' };
  const script = new URL('./learners-oracle.py', import.meta.url).pathname;
  const answer = spawnSync(python, [script], {
    input: JSON.stringify(request),
    env: { ...process.env, ...one },
    encoding: 'utf8',
    maxBuffer: 1e8,
  });
  if (answer.status !== 0) console.log(`scikit-learn did not run:\n${answer.stderr.slice(-2000)}`);
  return answer.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line): Outcome => JSON.parse(line));
}
