import { pino, type Logger } from 'pino';

/** Bytes of lines that are written at once, and for how long they may wait for that. */
const batchBytes = 4096;
const flushMs = 50;

/** What is kept for a reader that does not read. Beyond it lines are lost, rather than pods held up or memory filled. */
const maxUnreadBytes = 16 * 1024 * 1024;

/**
 * Lines of JSON on standard output, written some at a time by a thread of their own: to write each by itself took an
 * eighth of all processor time, and a reader that stalls would have held up admissions. What is left when the process
 * ends is written then.
 */
export function createLogger(level: string): Logger {
  return pino(
    { level, base: null, timestamp: isoTimestamp(), formatters: { level: (label) => ({ level: label }) } },
    pino.destination({
      dest: process.stdout.fd,
      sync: false,
      minLength: batchBytes,
      periodicFlush: flushMs,
      maxLength: maxUnreadBytes,
    }),
  );
}

/** As pino's own isoTime, but under load many lines are of one millisecond, whose text is then made once. */
function isoTimestamp(): () => string {
  let shownAt = NaN;
  let shown = '';
  return () => {
    const now = Date.now();
    if (now !== shownAt) {
      shownAt = now;
      shown = `,"time":"${new Date(now).toISOString()}"`;
    }
    return shown;
  };
}
