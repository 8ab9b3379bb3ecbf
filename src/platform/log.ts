import { type Logger, pino } from 'pino';

export type Log = Logger;
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

export interface LogOptions {
  readonly level: LogLevel;
  readonly name: string;
  /** Where the lines go; standard error by default, so that standard output stays free for results (`--json`). */
  readonly destination?: { write(line: string): void };
}

/**
 * A log of JSON lines. What is logged are ids and counts: never a name, a birth date, a token, an address or a text.
 * Redaction is the net below that rule, for objects that come from elsewhere.
 */
export function createLog(options: LogOptions): Log {
  return pino(
    {
      level: options.level,
      name: options.name,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: errorForLog, error: errorForLog },
      redact: {
        paths: ['authorization', 'cookie', 'password', 'token', '*.authorization', '*.cookie', '*.password', '*.token'],
        censor: '[withheld]',
      },
    },
    options.destination ?? pino.destination({ dest: 2, sync: true }),
  );
}

/**
 * An error as the log may keep it. PostgreSQL puts row values into `detail` ("Key (health_number)=(…) already exists")
 * and `where`; those stay out. The message of a database error is kept without quoted values.
 */
export function errorForLog(error: unknown): unknown {
  if (!(error instanceof Error)) return { type: typeof error };
  const { code, table, constraint, column, routine } = error as Error & Record<string, unknown>;
  const fromDatabase = typeof routine === 'string';
  return {
    type: error.name,
    message: fromDatabase ? error.message.replace(/"[^"]*"/g, '"…"') : error.message,
    ...(code === undefined ? {} : { code }),
    ...(fromDatabase ? { table, constraint, column, routine } : {}),
    // The first line of a stack repeats the message, which was cleaned above.
    stack: error.stack?.split('\n    at ').slice(1, 12).join('\n    at '),
    ...(error.cause instanceof Error ? { cause: errorForLog(error.cause) } : {}),
  };
}
