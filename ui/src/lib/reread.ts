/**
 * A view that costs calls to Autotask: it is read again when it has changed and somebody looks at it, and
 * otherwise when somebody does the next time.
 */
import { coalesce } from "./coalesce";

export interface Reread {
  /** Reads it, now. */
  now: () => void;
  /** It has changed. */
  changed: () => void;
  /** Somebody looks at it, or does not any more. */
  looking: (shown: boolean) => void;
}

export function reread(load: () => Promise<void>): Reread {
  let stale = true;
  let shown = false;
  const now = coalesce(async () => {
    stale = false;
    await load();
  });
  return {
    now,
    changed: () => {
      stale = true;
      if (shown) now();
    },
    looking: (is) => {
      shown = is;
      if (shown && stale) now();
    },
  };
}
