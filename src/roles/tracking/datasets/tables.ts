import type { Generated } from 'kysely';

interface Touched {
  created_time: number;
  last_update_time: number;
  created_by: string | null;
  last_updated_by: string | null;
}

/** Tables of evaluation datasets. Times are milliseconds. */
export interface DatasetTables {
  tracking_eval_datasets: Touched & {
    id: Generated<number>;
    dataset_id: string;
    name: string;
    /** JSON: types of the fields seen so far. */
    schema: string | null;
    /** JSON: how many records there are. */
    profile: string | null;
    digest: string;
  };
  tracking_eval_dataset_tags: { dataset: number; key: string; value: string };
  tracking_eval_dataset_experiments: { dataset: number; experiment_id: string };
  tracking_eval_dataset_records: Touched & {
    id: Generated<number>;
    dataset: number;
    record_id: string;
    /** Of the inputs: a record with the same inputs is the same record. */
    input_hash: string;
    /** JSON: inputs, outputs, expectations, tags and source. */
    body: string;
  };
}
