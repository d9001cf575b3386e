import type { LiveModel } from '../runtime/live-model.ts';
import type { Scored } from '../runtime/predictor.ts';
import type { Profile } from './profile.ts';
import { float } from './python-json.ts';

const CM = ['SepalLengthCm', 'SepalWidthCm', 'PetalLengthCm', 'PetalWidthCm'];
const SNAKE = ['sepal_length', 'sepal_width', 'petal_length', 'petal_width'];

/** The label as text. */
function label({ outcomes }: Scored, { model }: LiveModel): string {
  const prediction = outcomes[0]?.prediction ?? null;
  return typeof prediction === 'number' ? (model.decoder.classes[prediction] ?? String(prediction)) : String(prediction);
}

/** The label's number: its place among the classes where the model says text. */
function code({ outcomes }: Scored, { model }: LiveModel): number {
  const prediction = outcomes[0]?.prediction ?? null;
  return typeof prediction === 'number' ? prediction : model.decoder.classes.indexOf(String(prediction));
}

/** System 000: named fields in centimetres, 201 with the species as the Iris file of Kaggle writes it. */
export const iris000: Profile = {
  fields: CM.map((name) => ({ name, gt: 0 })),
  body: 'named',
  pydantic: 2,
  status: 201,
  answer: (job, live) => {
    const species = label(job, live);
    const known = ['setosa', 'versicolor', 'virginica'].includes(species);
    return JSON.stringify({ Species: known ? `Iris-${species}` : species });
  },
  failed: 'Production prediction failed',
};

/** System 003: a list of four numbers from 0 to 50, the class as a list of one number, with the time that it took. */
export const iris003: Profile = {
  fields: SNAKE.map((name) => ({ name, ge: 0, le: 50 })),
  body: 'features',
  pydantic: 1,
  status: 200,
  answer: (job, live) =>
    `{"prediction":[${code(job, live)}],"prediction_time_seconds":${float(Number((job.durationMs / 1000).toFixed(6)))}}`,
  failed: 'Internal Server Error',
  front: { redirect: '/docs' },
};

/** System 004: either body, and every field that its README, its code and its page speak of. */
export const iris004: Profile = {
  fields: SNAKE.map((name) => ({ name })),
  body: 'either',
  pydantic: 2,
  status: 200,
  answer: (job, live) => {
    const { classes } = live.model.decoder;
    const shares = (job.outcomes[0]?.probabilities ?? []).map((p, i) => `${JSON.stringify(classes[i] ?? String(i))}:${float(p)}`);
    return `{"prediction":${code(job, live)},"predicted_class":${JSON.stringify(label(job, live))},"probabilities":{${shares.join(',')}},"timestamp":"${job.time}"}`;
  },
  failed: 'Internal Server Error',
};
