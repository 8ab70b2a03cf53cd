import { Code, ConnectError } from "@connectrpc/connect";
import { durationMs } from "@bufbuild/protobuf/wkt";
import { BadRequestSchema, ErrorInfoSchema, RequestInfoSchema, RetryInfoSchema } from "./gen/google/rpc/error_details_pb.js";

/** One field of a request that is wrong. */
export interface FieldViolation {
  /** Its path, for example "question.time_zone". */
  readonly field: string;
  /** What is wrong and what would be right. */
  readonly description: string;
}

/**
 * A call failed. Branch on `code` and `reason`; the message is for people, and may be reworded.
 *
 * It is a ConnectError, by which name connect knows its own, so that code which knows no other goes on working. A call that its caller
 * gives up fails with a plain one; `AcuseError.of` makes either one of these.
 */
export class AcuseError extends ConnectError {
  /** Stable, in UPPER_SNAKE_CASE, for example "EXPORT_OVER". Empty where no service answered. */
  readonly reason: string;
  /** Every field that is wrong. Empty where it is not about fields. */
  readonly fieldViolations: readonly FieldViolation[];
  /** After how many milliseconds trying again may help. Undefined: the service does not say that it would. */
  readonly retryAfterMs: number | undefined;
  /** What the service's log has the call under; quote it to whoever runs it. Empty where no service answered. */
  readonly requestId: string;

  constructor(error: ConnectError) {
    super(error.rawMessage, error.code, error.metadata, undefined, error.cause);
    this.details = error.details;
    this.reason = error.findDetails(ErrorInfoSchema)[0]?.reason ?? "";
    const violations = error.findDetails(BadRequestSchema)[0]?.fieldViolations ?? [];
    this.fieldViolations = violations.map(({ field, description }) => ({ field, description }));
    const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
    this.retryAfterMs = delay && durationMs(delay);
    this.requestId = error.findDetails(RequestInfoSchema)[0]?.requestId ?? "";
    const lines = this.fieldViolations.map(({ field, description }) => `\n  ${field}: ${description}`);
    this.message = `${Code[this.code]} ${this.reason}`.trimEnd() + `: ${this.rawMessage}${lines.join("")}`;
  }

  /** ConnectError's own would call every ConnectError an instance of this class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return super[Symbol.hasInstance](value) && "fieldViolations" in (value as ConnectError);
  }

  /** What was thrown, as such an error; an error of another kind counts as `Code.Unknown`, one of an abort as `Code.Canceled`. */
  static of(thrown: unknown): AcuseError {
    return thrown instanceof AcuseError ? thrown : new AcuseError(ConnectError.from(thrown));
  }
}
