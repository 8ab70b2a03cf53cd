import { Code, ConnectError, type Interceptor, type StreamResponse, type UnaryRequest } from "@connectrpc/connect";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { AcuseError } from "./error.js";

/** What every connection is told. */
export interface Options {
  /** Goes with every call; white space around it does not. Give a function where tokens are renewed: it is asked before each call. */
  token?: string | (() => string | Promise<string>);
  /**
   * For how long unary calls that fail with `Code.Unavailable`, or for which the service says when to try again, are repeated, in
   * milliseconds: 30,000 unless set, and never beyond the call's own timeout. Only those are that it is safe to repeat: those that
   * the protos call idempotent and those with a `requestId`. 0 repeats none.
   */
  retryForMs?: number;
}

const RETRY_FOR_MS = 30_000;
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;

/** Those of a connection, the outermost first: each attempt asks for the token again. */
export function interceptors({ token, retryForMs = RETRY_FOR_MS }: Options): Interceptor[] {
  const all = [failures(retryForMs)];
  if (token !== undefined) {
    all.push(bearer(token));
  }
  return all;
}

function bearer(token: NonNullable<Options["token"]>): Interceptor {
  return (next) => async (request) => {
    request.header.set("authorization", `Bearer ${(typeof token === "string" ? token : await token()).trim()}`);
    return next(request);
  };
}

/** Repeats unary calls where that is safe and may help, and has everything fail with an AcuseError. */
function failures(retryForMs: number): Interceptor {
  return (next) => async (request) => {
    const until = performance.now() + retryForMs;
    for (let attempt = 0; ; attempt++) {
      try {
        const response = await next(request);
        return response.stream ? { ...response, message: failing(response.message, request.signal) } : response;
      } catch (thrown) {
        const error = failure(thrown, request.signal);
        const pause = request.stream || !isRepeatable(request) ? undefined : pauseMs(error, attempt);
        if (pause === undefined || performance.now() + pause >= until || !(await passed(pause, request.signal))) {
          throw error;
        }
      }
    }
  };
}

async function* failing(messages: StreamResponse["message"], signal: AbortSignal): StreamResponse["message"] {
  try {
    yield* messages;
  } catch (thrown) {
    throw failure(thrown, signal);
  }
}

/**
 * What was thrown. A connection that was lost is `Code.Unavailable`, as in other languages: connect has several codes for it, by where
 * Node noticed.
 */
function failure(thrown: unknown, signal: AbortSignal): AcuseError {
  const error = AcuseError.of(thrown);
  if (signal.aborted || error.metadata.has("grpc-status") || !isLost(error)) {
    return error;
  }
  return new AcuseError(new ConnectError(error.rawMessage, Code.Unavailable, error.metadata, undefined, error.cause));
}

/** Whether an error that no service answered with comes of the connection. */
function isLost(error: AcuseError): boolean {
  // Streams of a connection that is closed are cancelled, and not by the caller.
  if (error.code === Code.Canceled || error.code === Code.Aborted) {
    return true;
  }
  for (let cause: unknown = error.cause; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && /^(E[A-Z]+|ERR_(STREAM|HTTP2)_\w+)$/.test(String(cause.code))) {
      return true;
    }
  }
  return false;
}

function isRepeatable(request: UnaryRequest): boolean {
  const safe = request.method.idempotency !== MethodOptions_IdempotencyLevel.IDEMPOTENCY_UNKNOWN;
  return safe || ("requestId" in request.message && Boolean(request.message.requestId));
}

/** How long to wait before trying again; undefined where that does not help. Spread, so that callers do not come back at once. */
function pauseMs(error: AcuseError, attempt: number): number | undefined {
  if (error.retryAfterMs === undefined && error.code !== Code.Unavailable) {
    return undefined;
  }
  const grown = Math.min(FIRST_PAUSE_MS * 2 ** attempt, LONGEST_PAUSE_MS);
  return Math.max(error.retryAfterMs ?? 0, grown * (0.5 + Math.random() / 2));
}

/** Waits; false where the call is given up or its timeout is over before. */
function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve(!signal.aborted);
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
    if (signal.aborted) {
      done();
    }
  });
}
