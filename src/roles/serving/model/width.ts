import { ELEMENT_ARRAYS, type Session } from '#ports/inference.ts';

const MAX_WIDTH = 256;

/**
 * The fewest columns with which a row of zeros runs, for a model whose only input is a matrix of numbers of unknown width: linear models take no other
 * width, trees need the last column that they look at.
 * @returns undefined for other models, where nothing runs, and where a single column does: any width may be meant then
 */
export async function widthOf(session: Session): Promise<number | undefined> {
  const [only, ...others] = session.inputs;
  if (only === undefined || others.length > 0 || only.type === 'string') return undefined;
  const { name, type, shape } = only;
  if (shape.length !== 2 || shape[1] !== -1) return undefined;
  const rows = Math.max(1, shape[0] as number);
  for (let width = 1; width <= MAX_WIDTH; width++) {
    try {
      await session.run({ [name]: { type, dims: [rows, width], data: new ELEMENT_ARRAYS[type](rows * width) } });
      return width === 1 ? undefined : width;
    } catch {
      // Too few, or others than it was made for.
    }
  }
  return undefined;
}
