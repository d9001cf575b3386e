/** Why a learner cannot be fitted or used. */
export type LearnerErrorCode =
  | 'LEARNER_UNKNOWN'
  | 'PARAMETER_UNKNOWN'
  | 'PARAMETER_INVALID'
  | 'TASK_UNSUPPORTED'
  | 'TARGET_INVALID'
  | 'TABLE_INVALID'
  | 'COLUMN_MISSING'
  | 'ROWS_TOO_FEW'
  | 'VALUE_NOT_FINITE';

/** A caller's mistake with data or parameters; `message` names the column or parameter and what is allowed. */
export class LearnerError extends Error {
  readonly code: LearnerErrorCode;

  constructor(code: LearnerErrorCode, message: string) {
    super(message);
    this.name = 'LearnerError';
    this.code = code;
  }
}
