import { pino, type Logger } from 'pino';

/** What is kept for a reader that does not read. Beyond it lines are lost, rather than memory filled. */
const maxUnreadBytes = 16 * 1024 * 1024;

/**
 * Lines of JSON on standard output. A thread of its own writes them, so that neither the writing nor a reader that stalls
 * holds up an admission; lines that come meanwhile are written together.
 */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: isoTimestamp(),
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: process.stdout.fd, sync: false, maxLength: maxUnreadBytes }),
  );
}

/** As pino's isoTime, but lines of one millisecond share its text: to write it out costs as much as the rest of a line. */
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
