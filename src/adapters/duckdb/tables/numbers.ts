import type { WrittenNumber } from '#ports/tables.ts';

/**
 * Words that stand for a missing value where all other values of the column are numbers (those of pandas, of R and of Excel). In a column of words they
 * stay what they are: there "NA" may be Namibia and "null" somebody's name.
 */
const MISSING = new Set(
  'NA N/A n/a #N/A <NA> NaN nan NAN -NaN -nan null NULL Null None none ? - -- . #DIV/0! #VALUE! #REF! #NUM! #NAME? #NULL!'.split(' '),
);
const INFINITE = /^[+-]?inf(?:inity)?$/i;
const PLAIN = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const INTEGER = /^[+-]?\d+$/;
/** 1,234.5 and 1 234.5 */
const POINTED = /^[+-]?(?:[1-9]\d{0,2}(?:[, \u00a0\u202f'’]\d{3})+|\d+)(?:\.\d+)?$/;
/** 1.234,5 and 1 234,5 */
const COMMAED = /^[+-]?(?:[1-9]\d{0,2}(?:[. \u00a0\u202f'’]\d{3})+|\d+)(?:,\d+)?$/;
const AFFIX = /^([+-]?)\s*([€$£¥₹]?)\s*(.*?)\s*([€$£¥₹%]|EUR|USD|GBP|CHF|)$/;

/** Nobody writes longer numbers; the patterns take the square of a length. */
const MOST_CHARACTERS = 500;

/** Whether a value looks like a plain number. */
export const isPlainNumber = (text: string): boolean => text.length <= MOST_CHARACTERS && PLAIN.test(text);

/** Whether a value looks like a whole number. */
export const isWholeNumber = (text: string): boolean => INTEGER.test(text);

type Style = 'plain' | 'pointed' | 'commaed';

/**
 * Finds out how the numbers of one column are written, value by value. All must be written alike: one decimal mark, one sign of money or percent.
 * Where "1,234" could be both, `decimalComma` says which it is.
 */
export class NumberStyle {
  #plain = true;
  #pointed = true;
  #commaed = true;
  #affix: string | undefined;
  #written: string | undefined;
  readonly #decimalComma: boolean;
  /** All values are written without decimal mark and exponent; 41.0 says that 41.5 is possible too. */
  integer = true;

  constructor(decimalComma: boolean) {
    this.#decimalComma = decimalComma;
  }

  get isNumber(): boolean {
    return this.#plain || this.#pointed || this.#commaed;
  }

  /** Takes the next value; blank ones must not be given. */
  add(value: string): void {
    const text = value.trim();
    if (text.length > MOST_CHARACTERS) this.#refuse();
    else if (PLAIN.test(text) && (this.#affix ?? '') === '') this.#addPlain(text);
    else if (!MISSING.has(text) && !INFINITE.test(text)) this.#addWritten(text);
  }

  #addPlain(text: string): void {
    this.#affix = '';
    const number = Number(text);
    const integer = INTEGER.test(text);
    // An id that a double would round to another id.
    if (!Number.isFinite(number) || (integer && !Number.isSafeInteger(number))) this.#refuse();
    if (integer) return;
    this.integer = false;
    this.#pointed &&= POINTED.test(text);
    this.#commaed &&= COMMAED.test(text);
  }

  #addWritten(text: string): void {
    const { affix, bare } = partsOf(text);
    this.#affix ??= affix;
    if (affix !== this.#affix) this.#refuse();
    this.#written ??= text;
    this.#plain = false;
    this.#pointed &&= POINTED.test(bare);
    this.#commaed &&= COMMAED.test(bare);
    const number = readStyled(bare, this.#style);
    if (!Number.isInteger(number) || /[.,]\d{1,2}$/.test(bare)) this.integer = false;
    else if (!Number.isSafeInteger(number)) this.#refuse();
  }

  #refuse(): void {
    this.#plain = false;
    this.#pointed = false;
    this.#commaed = false;
  }

  get #style(): Style {
    if (this.#plain) return 'plain';
    return this.#commaed && (!this.#pointed || this.#decimalComma) ? 'commaed' : 'pointed';
  }

  /** Reads a value of the column; NaN stands for a missing or infinite one. */
  read(value: string): number {
    const text = value.trim();
    // Without its marks the '.' of statistics programs would be an empty text, which JavaScript takes for 0.
    if (MISSING.has(text)) return Number.NaN;
    const style = this.#style;
    const number = style === 'plain' ? Number(text) : readStyled(partsOf(text).bare, style);
    return Number.isFinite(number) && text !== '' ? number : Number.NaN;
  }

  /** A value that is not written as programs write numbers, if there is one. */
  get written(): WrittenNumber | undefined {
    return this.#written === undefined ? undefined : { text: this.#written, value: this.read(this.#written) };
  }
}

function partsOf(text: string): { affix: string; bare: string } {
  const [, sign = '', before = '', bare = '', after = ''] = AFFIX.exec(text) ?? [];
  return { affix: before + after, bare: sign + bare };
}

function readStyled(bare: string, style: Style): number {
  if (style === 'commaed') return Number(bare.replaceAll(/[. \u00a0\u202f'’]/g, '').replace(',', '.'));
  return Number(bare.replaceAll(/[, \u00a0\u202f'’]/g, ''));
}
