import type { CommandError } from "./bindings/CommandError";
import { errorOf } from "./ipc";

/** What a dialog does when it is confirmed: whether that is under way, and why it failed. */
export class Saving {
  busy = $state(false);
  error = $state.raw<CommandError | null>(null);

  /** Whether it went well. Does nothing while one is under way. */
  async run(call: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.error = null;
    try {
      await call();
      return true;
    } catch (thrown) {
      this.error = errorOf(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  }
}
