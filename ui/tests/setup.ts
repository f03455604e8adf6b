import { clearMocks } from "@tauri-apps/api/mocks";
import { cleanup, configure } from "@testing-library/svelte";
import { afterEach } from "vitest";
import { messages } from "../src/lib/messages.svelte";

// The whole document in every failure hides the failure.
configure({ getElementError: (message) => new Error(message ?? "not found"), asyncUtilTimeout: 15_000 });

// As index.html has them.
document.documentElement.lang = "en";
document.title = "Autotask Integration";

// What jsdom has no layout for.
globalThis.ResizeObserver = class {
  observe(): void {}
  unobserve(): void {}
  disconnect(): void {}
};
HTMLDialogElement.prototype.showModal = function showModal(this: HTMLDialogElement) {
  this.open = true;
};

afterEach(() => {
  // The page stops listening when it goes, for which the door has to be there still.
  cleanup();
  clearMocks();
  messages.length = 0;
});
