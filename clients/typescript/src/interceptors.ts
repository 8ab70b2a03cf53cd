import { Code, type Interceptor, type StreamResponse, type UnaryRequest } from "@connectrpc/connect";
import { MethodOptions_IdempotencyLevel } from "@bufbuild/protobuf/wkt";
import { AcuseError } from "./error.js";

/** What every connection is told. */
export interface Options {
  /** Goes with every call. Give a function where tokens are renewed: it is asked before each call. */
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
    request.header.set("authorization", `Bearer ${typeof token === "string" ? token : await token()}`);
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
        return response.stream ? { ...response, message: failing(response.message) } : response;
      } catch (thrown) {
        const error = AcuseError.of(thrown);
        const pause = request.stream || !isRepeatable(request) ? undefined : pauseMs(error, attempt);
        if (pause === undefined || performance.now() + pause >= until || !(await passed(pause, request.signal))) {
          throw error;
        }
      }
    }
  };
}

async function* failing(messages: StreamResponse["message"]): StreamResponse["message"] {
  try {
    yield* messages;
  } catch (thrown) {
    throw AcuseError.of(thrown);
  }
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
