// Ctrl-C, a service manager's SIGTERM, or a terminal that was closed.
//  - The first asks: what is open is closed in the reverse order, PostgreSQL last.
//  - The second ends at once. PostgreSQL then goes on, and the next start adopts it.
//  - npm passes on the Ctrl-C that the terminal has sent to all of us already, so the second counts only after a while.
const echoMs = 1000;

export function stopSignal({ onFirst, onSecond }: { onFirst: () => void; onSecond: () => void }): AbortController {
  const stop = new AbortController();
  let first: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (first === undefined) {
        first = performance.now();
        onFirst();
        stop.abort();
      } else if (performance.now() - first > echoMs) {
        onSecond();
        process.exit(130);
      }
    });
  }
  return stop;
}
