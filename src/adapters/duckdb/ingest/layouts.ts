import type { DuckDBConnection } from '@duckdb/node-api';
import type { FeatureValue } from '#contract/events.ts';

/** The three typed columns that a feature can stand in; `n3` is the fourth number column of the predictions table. */
export type SlotKind = 'n' | 't' | 'b';
export const SLOT_TYPES: Readonly<Record<SlotKind, string>> = { n: 'DOUBLE', t: 'VARCHAR', b: 'BOOLEAN' };
/**
 * Features beyond go into the `extra` column as JSON. Every row pays for every column, empty or not: with 64 number columns
 * 48 k rows/s are taken in instead of 78 k with 8, with 250 it would be 14 k.
 */
const MAX_SLOTS = 64;

export interface SlotColumn {
  readonly kind: SlotKind;
  readonly slot: number;
}

/** Where one feature of a layout stands. It has more than one slot when its type changed over time. */
export type FeatureSlots = { -readonly [K in SlotKind]?: number };

/** Which column of the predictions table holds which feature of one model version. */
export interface Layout {
  readonly layout: number;
  readonly modelName: string;
  readonly modelVersion: string;
  readonly features: Map<string, FeatureSlots>;
}

export function slotKind(value: Exclude<FeatureValue, null>): SlotKind {
  if (typeof value === 'number') return 'n';
  return typeof value === 'string' ? 't' : 'b';
}

/**
 * Gives features their columns. Model versions share columns (the first number of each stands in `n0`), so the table is as wide as the widest model,
 * every feature is a typed column that is scanned by itself, and a feature that turns from number to text simply gets a second column.
 */
export class Layouts {
  readonly #layouts = new Map<string, Layout>();
  readonly #byId = new Map<number, Layout>();
  readonly #columns: SlotColumn[] = [];
  #created: Layout[] = [];
  #added: { layout: Layout; name: string; kind: SlotKind; slot: number }[] = [];

  async load(connection: DuckDBConnection): Promise<void> {
    const layouts = await connection.runAndReadAll('SELECT layout, model_name, model_version FROM layouts ORDER BY layout');
    for (const [id, name, version] of layouts.getRows() as [number, string, string][]) this.#keep(id, name, version);
    const features = await connection.runAndReadAll('SELECT layout, name, kind, slot FROM layout_features ORDER BY rowid');
    for (const [id, name, kind, slot] of features.getRows() as [number, string, SlotKind, number][]) {
      const layout = this.#byId.get(id)!;
      layout.features.set(name, slot < 0 ? {} : { ...layout.features.get(name), [kind]: slot });
    }
    const columns = await connection.runAndReadAll(
      "SELECT column_name FROM duckdb_columns() WHERE table_name = 'predictions' AND regexp_full_match(column_name, '[ntb][0-9]+') ORDER BY column_index",
    );
    for (const [column] of columns.getRows() as [string][])
      this.#columns.push({ kind: column[0] as SlotKind, slot: Number(column.slice(1)) });
  }

  get(id: number): Layout | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<Layout> {
    return this.#byId.values();
  }

  /** The feature columns in the order in which they stand in the table. */
  get columns(): readonly SlotColumn[] {
    return this.#columns;
  }

  of(modelName: string, modelVersion: string): Layout {
    const known = this.#layouts.get(`${modelName}\n${modelVersion}`);
    if (known !== undefined) return known;
    const layout = this.#keep(this.#byId.size + 1, modelName, modelVersion);
    this.#created.push(layout);
    return layout;
  }

  /** The column for values of this kind, given now if need be; undefined when all columns are taken. */
  slot(layout: Layout, name: string, kind: SlotKind): number | undefined {
    let slots = layout.features.get(name);
    if (slots === undefined) {
      slots = {};
      layout.features.set(name, slots);
    }
    const known = slots[kind];
    if (known !== undefined) return known;
    const slot = this.#free(layout, name, kind);
    if (slot === undefined) return undefined;
    slots[kind] = slot;
    this.#added.push({ layout, name, kind, slot });
    return slot;
  }

  /** Notes a feature that has had no value so far, so that it is shown as missing. */
  touch(layout: Layout, name: string): void {
    if (layout.features.has(name)) return;
    layout.features.set(name, {});
    this.#added.push({ layout, name, kind: 'n', slot: -1 });
  }

  /** Writes new layouts and adds missing columns, before rows use them: if the rows are lost to a crash, nothing is wrong. */
  async save(connection: DuckDBConnection): Promise<void> {
    if (this.#created.length === 0 && this.#added.length === 0) return;
    for (const { layout, modelName, modelVersion } of this.#created) {
      await connection.run('INSERT INTO layouts VALUES (?, ?, ?)', [layout, modelName, modelVersion]);
    }
    this.#created = [];
    for (const { layout, name, kind, slot } of this.#added) {
      if (slot >= 0 && !this.#columns.some((c) => c.kind === kind && c.slot === slot)) {
        await connection.run(`ALTER TABLE predictions ADD COLUMN ${kind}${slot} ${SLOT_TYPES[kind]}`);
        this.#columns.push({ kind, slot });
      }
      await connection.run('INSERT INTO layout_features VALUES (?, ?, ?, ?)', [layout.layout, name, kind, slot]);
    }
    this.#added = [];
  }

  /** The same column as in another version of the model where that is free, so that a query over versions reads one column. */
  #free(layout: Layout, name: string, kind: SlotKind): number | undefined {
    const taken = new Set<number>();
    for (const slots of layout.features.values()) if (slots[kind] !== undefined) taken.add(slots[kind]);
    for (const other of this.#byId.values()) {
      const slot = other.modelName === layout.modelName ? other.features.get(name)?.[kind] : undefined;
      if (slot !== undefined && !taken.has(slot)) return slot;
    }
    for (let slot = 0; slot < MAX_SLOTS; slot++) if (!taken.has(slot)) return slot;
    return undefined;
  }

  #keep(id: number, modelName: string, modelVersion: string): Layout {
    const layout: Layout = { layout: id, modelName, modelVersion, features: new Map() };
    this.#layouts.set(`${modelName}\n${modelVersion}`, layout);
    this.#byId.set(id, layout);
    return layout;
  }
}
