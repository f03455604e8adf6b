/** What posts, reads back or corrects: one at a time, with its result until it is closed. */
import type { BillingResult } from "./bindings/BillingResult";
import type { CommandError } from "./bindings/CommandError";
import { errorOf } from "./ipc";

export class BillingRun {
  running = $state(false);
  result = $state.raw<BillingResult | null>(null);
  failure = $state.raw<CommandError | null>(null);

  async start(work: () => Promise<BillingResult>): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.result = null;
    this.failure = null;
    try {
      this.result = await work();
    } catch (thrown) {
      this.failure = errorOf(thrown);
    } finally {
      this.running = false;
    }
  }

  dismiss(): void {
    this.result = null;
    this.failure = null;
  }
}
