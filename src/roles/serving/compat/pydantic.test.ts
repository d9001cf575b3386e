import fc from 'fast-check';
import { expect, test } from 'vitest';
import { profileOf } from './profile.ts';
import { checkBody } from './pydantic.ts';

const iris = { SepalLengthCm: 5.1, SepalWidthCm: 3.5, PetalLengthCm: 1.4, PetalWidthCm: 0.2 };
const detail = (name: Parameters<typeof profileOf>[0], body: unknown) => {
  const checked = checkBody(body, profileOf(name));
  return 'detail' in checked ? checked.detail : checked.values;
};

test('numbers may be text and extra fields are ignored, as pydantic has it', () => {
  expect(detail('iris-000', { ...iris, SepalLengthCm: '5.1', other: 1 })).toEqual([5.1, 3.5, 1.4, 0.2]);
  expect(detail('iris-003', { features: [0, 50, true, ' 7 '] })).toEqual([0, 50, 1, 7]);
  expect(detail('iris-004', { features: { sepal_length: 1, sepal_width: 2, petal_length: 3, petal_width: 4 } })).toEqual([1, 2, 3, 4]);
});

test("refusals have each system's words", () => {
  const { PetalWidthCm, ...rest } = iris;
  expect(PetalWidthCm).toBe(0.2);
  expect(detail('iris-000', { ...rest, SepalWidthCm: 0 })).toEqual([
    { type: 'greater_than', loc: ['body', 'SepalWidthCm'], msg: 'Input should be greater than 0', input: 0, ctx: { gt: 0 } },
    { type: 'missing', loc: ['body', 'PetalWidthCm'], msg: 'Field required', input: { ...rest, SepalWidthCm: 0 } },
  ]);
  expect(detail('iris-003', { features: [1, 2, 3] })).toMatchObject([{ msg: 'ensure this value has at least 4 items' }]);
  expect(detail('iris-003', { features: [-1, 2, 3, 51] })).toMatchObject([
    { loc: ['body', 'features', 0], msg: 'ensure this value is greater than or equal to 0' },
    { loc: ['body', 'features', 3], msg: 'ensure this value is less than or equal to 50' },
  ]);
  expect(detail('iris-003', {})).toMatchObject([{ loc: ['body', 'features'], msg: 'field required', type: 'value_error.missing' }]);
  const house = { MedInc: 8, HouseAge: 41, AveRooms: 3, AveBedrms: 4, Population: 300, AveOccup: 2, Latitude: 37, Longitude: -122 };
  expect(detail('housing-002', house)).toMatchObject([{ type: 'value_error', loc: ['body'] }]);
  expect(detail('housing-002', { ...house, AveBedrms: 1, Latitude: 46 })).toMatchObject([
    { msg: 'Input should be less than or equal to 45' },
  ]);
});

test('whatever is sent is taken or refused', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom('iris-000', 'housing-002', 'iris-003', 'iris-004'), (body, name) => {
      expect(Array.isArray(detail(name as 'iris-000', body))).toBe(true);
    }),
  );
});
