import { onMount, untrack } from "svelte";
import type { CommandError } from "./bindings/CommandError";
import { errorOf, ipc } from "./ipc";
import { reread } from "./reread";

/** What is shown of an invoice date. */
export interface OfDate<View> {
  /** `undefined`: not read yet. */
  readonly view: View | undefined;
  /** Why it could not be read the last time. */
  readonly failure: CommandError | null;
  readonly loading: boolean;
  /** Reads it again. */
  refresh: () => void;
  turnTo: (date: string) => void;
}

/**
 * Reads what belongs to an invoice date, and again when billing has changed, as long as somebody looks at it. For a
 * component while it is made.
 *
 * @param read Takes the date; `null` is the one that is meant now.
 * @param arrived Is told what was read. If it gives a date, that one stays, whatever is meant later.
 */
export function ofDate<View>(
  shown: () => boolean,
  read: (date: string | null) => Promise<View>,
  arrived: (view: View) => string | undefined = () => undefined,
): OfDate<View> {
  let date = $state<string | null>(null);
  let view = $state.raw<View>();
  let failure = $state.raw<CommandError | null>(null);
  let loading = $state(false);

  async function load(): Promise<void> {
    const asked = date;
    loading = true;
    try {
      const answer = await read(asked);
      if (asked !== date) return reading.now();
      view = answer;
      date = arrived(answer) ?? date;
      failure = null;
    } catch (thrown) {
      failure = errorOf(thrown);
    } finally {
      loading = false;
    }
  }
  const reading = reread(load);
  onMount(() => ipc.onBillingChanged(reading.changed));
  $effect(() => {
    const is = shown();
    untrack(() => reading.looking(is));
  });

  return {
    get view() {
      return view;
    },
    get failure() {
      return failure;
    },
    get loading() {
      return loading;
    },
    refresh: reading.now,
    turnTo: (to) => {
      date = to;
      reading.now();
    },
  };
}
