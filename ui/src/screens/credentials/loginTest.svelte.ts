/** One *Test and Save* of a login: its steps as they come, its answer, and why it had none. */
import type { CommandError } from "../../lib/bindings/CommandError";
import type { TestedService } from "../../lib/bindings/TestedService";
import type { TestView } from "../../lib/bindings/TestView";
import { errorOf, ipc } from "../../lib/ipc";

export class LoginTest {
  running = $state(false);
  view = $state<TestView>();
  error = $state<CommandError | null>(null);
  readonly #service: TestedService;

  constructor(service: TestedService) {
    this.#service = service;
  }

  /**
   * Takes the steps while the test runs; gives the way to stop it. The answer and the last steps
   * come by two ways, so a step can arrive behind the answer: it must not make a finished test look
   * as if it still ran.
   */
  listen(): () => void {
    return ipc.onTestProgress((progress) => {
      const finished = typeof this.view?.passed === "boolean";
      if (progress.service === this.#service && this.running && !finished) this.view = progress;
    });
  }

  /** Runs one test at a time. `then` gets whether it passed; what it throws is the test's error, too. */
  async run(ask: () => Promise<TestView>, then: (passed: boolean) => Promise<void>): Promise<void> {
    if (this.running) return;
    this.running = true;
    this.error = null;
    this.view = undefined;
    try {
      const answer = await ask();
      this.view = answer;
      await then(answer.passed === true);
    } catch (thrown) {
      this.error = errorOf(thrown);
    } finally {
      this.running = false;
    }
  }
}
