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
const ZERO = 48;
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

/** What stands before the fraction of a number. */
export type DecimalMark = '.' | ',';

/**
 * Finds out how the numbers of one column are written, value by value. All must be written alike: one decimal mark, one sign of money or percent.
 * Where "1,234" could be both, the other columns of the file say which it is (`settle`), and else `decimalComma`, the guess by the separator.
 */
export class NumberStyle {
  #plain = true;
  #pointed = true;
  #commaed = true;
  #integer = true;
  #affix: string | undefined;
  #written: string | undefined;
  /** The first plain number that is not whole, and the first with a leading zero. */
  #fraction: string | undefined;
  #firstPadded: string | undefined;
  #settled: DecimalMark | undefined;
  readonly #decimalComma: boolean;

  constructor(decimalComma: boolean) {
    this.#decimalComma = decimalComma;
  }

  get isNumber(): boolean {
    return this.mayBeNumber && this.padded === undefined;
  }

  /** Where all values are digits, one that begins with a needless zero: post codes and keys are written so, quantities are not. */
  get padded(): string | undefined {
    return this.mayBeNumber && this.#integer && this.#written === undefined ? this.#firstPadded : undefined;
  }

  /** All values are written without decimal mark and exponent; 41.0 says that 41.5 is possible too. */
  get integer(): boolean {
    return this.#integer || (this.#plain && this.#style === 'commaed');
  }

  /** The decimal mark that the values prove. */
  get decimalMark(): DecimalMark | undefined {
    if (!this.mayBeNumber || (this.#commaed && (this.#plain || this.#pointed))) return undefined;
    return this.#commaed ? ',' : '.';
  }

  /** No value so far rules it out. */
  get mayBeNumber(): boolean {
    return this.#plain || this.#pointed || this.#commaed;
  }

  /** Takes the next value; blank ones must not be given. */
  add(value: string): void {
    const text = value.trim();
    if (text.length > MOST_CHARACTERS) this.#refuse();
    else if (PLAIN.test(text) && (this.#affix ?? '') === '') this.#addPlain(text);
    else if (!MISSING.has(text) && !INFINITE.test(text)) this.#addWritten(text);
  }

  /** Says which decimal mark the file has. */
  settle(mark: DecimalMark): void {
    this.#settled = mark;
  }

  #addPlain(text: string): void {
    this.#affix = '';
    const number = Number(text);
    const integer = INTEGER.test(text);
    // An id that a double would round to another id.
    if (!Number.isFinite(number) || (integer && !Number.isSafeInteger(number))) this.#refuse();
    if (integer) {
      if (text.charCodeAt(0) === ZERO && text.length > 1) this.#firstPadded ??= text;
      return;
    }
    this.#integer = false;
    this.#fraction ??= text;
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
    if (!Number.isInteger(number) || /[.,]\d{1,2}$/.test(bare)) this.#integer = false;
    else if (!Number.isSafeInteger(number)) this.#refuse();
  }

  #refuse(): void {
    this.#plain = false;
    this.#pointed = false;
    this.#commaed = false;
  }

  get #style(): Style {
    // 1.234 is a plain number, but 1234 where other columns have decimal commas.
    if (this.#plain) return this.#settled === ',' && this.#commaed && this.#fraction !== undefined ? 'commaed' : 'plain';
    if (!this.#pointed || !this.#commaed) return this.#commaed ? 'commaed' : 'pointed';
    return (this.#settled ?? (this.#decimalComma ? ',' : '.')) === ',' ? 'commaed' : 'pointed';
  }

  /** Reads a value of the column; NaN stands for a missing one. */
  read(value: string): number {
    const text = value.trim();
    // Without its marks the '.' of statistics programs would be an empty text, which JavaScript takes for 0.
    if (text === '' || MISSING.has(text)) return Number.NaN;
    const style = this.#style;
    const number = style === 'plain' ? Number(text) : readStyled(partsOf(text).bare, style);
    return Number.isNaN(number) && INFINITE.test(text)
      ? text.startsWith('-')
        ? Number.NEGATIVE_INFINITY
        : Number.POSITIVE_INFINITY
      : number;
  }

  /** A value that could have been read otherwise, or is not written as programs write numbers, if there is one. */
  get written(): WrittenNumber | undefined {
    const isDoubtful = this.#plain && this.#commaed && (this.#settled === undefined ? this.#decimalComma : this.#settled === ',');
    const text = this.#written ?? (isDoubtful ? this.#fraction : undefined);
    return text === undefined ? undefined : { text, value: this.read(text) };
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
