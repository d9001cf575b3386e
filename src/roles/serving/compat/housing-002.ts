import { GIVEN_ID_PREFIX } from '#contract/events.ts';
import type { Profile } from './profile.ts';
import { float } from './python-json.ts';

const TITLE = 'California Housing Price Prediction API';
const ROOMS = 2;
const BEDROOMS = 3;

/** System 002: eight named numbers with bounds and a rule; the answer tells the price and what it was asked. */
export const housing002: Profile = {
  fields: [
    { name: 'MedInc', ge: 0, le: 20 },
    { name: 'HouseAge', ge: 0, le: 60 },
    { name: 'AveRooms', ge: 1, le: 20 },
    { name: 'AveBedrms', ge: 0, le: 5 },
    { name: 'Population', ge: 1, le: 50_000 },
    { name: 'AveOccup', ge: 1, le: 20 },
    { name: 'Latitude', ge: 30, le: 45 },
    { name: 'Longitude', ge: -130, le: -110 },
  ],
  body: 'named',
  pydantic: 2,
  rule: (values) => ((values[BEDROOMS] as number) > (values[ROOMS] as number) ? 'Average bedrooms cannot exceed average rooms' : undefined),
  status: 200,
  answer: (job, { model }) => {
    const asked = job.rows[0] as readonly number[];
    const features = model.schema.fields.map((f, i) => `${JSON.stringify(f.name)}:${float(asked[i] as number)}`);
    const prediction = job.outcomes[0]?.prediction;
    const who = JSON.stringify(`${model.name}_v${model.version}`);
    return `{"prediction":${float(prediction as number)},"prediction_id":"${GIVEN_ID_PREFIX}${job.ids[0]}","model_version":${who},"timestamp":"${job.time}","input_features":{${features.join(',')}}}`;
  },
  failed: 'Internal server error',
  front: { json: { message: TITLE, version: '1.0.0', docs: '/docs', health: '/health', predict: '/predict' } },
};
