import { pino, type DestinationStream, type Logger } from 'pino';

/** How much pino keeps for a reader that does not read. Beyond it, it drops lines rather than fill the memory. */
const maxUnreadBytes = 16 * 1024 * 1024;

/**
 * Lines of JSON on standard output. A thread of its own writes them, so that neither the writing nor a reader that stalls
 * holds up an admission.
 */
export function createLogger(level: string): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: isoTimestamp(),
      formatters: { level: (label) => ({ level: label }) },
    },
    together(() => pino.destination({ dest: process.stdout.fd, sync: false, maxLength: maxUnreadBytes })),
  );
}

/** Lines that are logged at once are written together: each write costs more than a line does. */
function together(open: () => DestinationStream): DestinationStream {
  let lines = '';
  const handOver = () => {
    if (lines !== '') destination.write(lines);
    lines = '';
  };
  // Must be registered before pino's own exit handler, so that our last lines reach it before it flushes.
  process.on('exit', handOver);
  const destination = open();
  return {
    write(line) {
      if (lines === '') queueMicrotask(handOver);
      lines += line;
    },
  };
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
