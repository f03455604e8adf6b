/** Opens the whole page on a made-up app, through the door that the real one uses. */
import { emit } from "@tauri-apps/api/event";
import { mockIPC } from "@tauri-apps/api/mocks";
import { render, screen, within } from "@testing-library/svelte";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { FakeApp } from "../dev/fakeApp";
import App from "../src/App.svelte";
import type { ScreenName } from "../src/lib/screens";

export interface Open {
  app: FakeApp;
  user: UserEvent;
  /** What a command was asked with, the newest last. */
  asked: (command: string) => Record<string, unknown>[];
}

export const id = (testid: string): HTMLElement => screen.getByTestId(testid);
export const findId = (testid: string): Promise<HTMLElement> => screen.findByTestId(testid);

export function start(prepare: (app: FakeApp) => void = () => {}): Open {
  const app = new FakeApp((event, payload) => void emit(event, payload));
  // Enough for every state; more only make each look-up slower.
  app.rows = app.rows.slice(0, 13);
  prepare(app);
  mockIPC((command, args) => app.answer(command, (args ?? {}) as Record<string, unknown>), { shouldMockEvents: true });
  render(App);
  return {
    app,
    user: userEvent.setup({ delay: null }),
    asked: (command) => app.asked.filter((each) => each.command === command).map((each) => each.args),
  };
}

export async function openPage(prepare?: (app: FakeApp) => void): Promise<Open> {
  const open = start(prepare);
  await findId("status-text");
  return open;
}

export async function openScreen(name: ScreenName, prepare?: (app: FakeApp) => void): Promise<Open> {
  const open = await openPage(prepare);
  await open.user.click(id(`nav-${name}`));
  return open;
}

/** A part of one customer's row. */
export async function inRow(organization: string, testid: string): Promise<HTMLElement> {
  return within(await findId(`mapping-row-${organization}`)).findByTestId(testid);
}
