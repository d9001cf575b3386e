/** What can be wrong with an ONNX file. */
export type OnnxErrorCode = 'ONNX_CORRUPT' | 'ONNX_NO_GRAPH';

/** Bytes that are not a usable ONNX model; `message` is fit for the person who sent the file. */
export class OnnxError extends Error {
  readonly code: OnnxErrorCode;

  constructor(code: OnnxErrorCode, message: string) {
    super(message);
    this.name = 'OnnxError';
    this.code = code;
  }
}
