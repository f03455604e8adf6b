/**
 * Makes a burst of events into few calls: one runs, at most one more waits behind it.
 * The one that waits starts after the one before has ended, so it always sees the newest.
 */
export function coalesce(work: () => Promise<void>): () => void {
  let running = false;
  let again = false;

  async function run(): Promise<void> {
    running = true;
    try {
      do {
        again = false;
        await work();
      } while (again);
    } finally {
      running = false;
    }
  }

  return () => {
    if (running) again = true;
    else void run();
  };
}
