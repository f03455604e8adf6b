/**
 * The page on made-up data, for work on it in an ordinary browser: `npm run dev:fake`.
 * No part of the built page. `?state=new` starts before the first test, `?axe` checks the screen.
 */
import { emit } from "@tauri-apps/api/event";
import { mockIPC, mockWindows } from "@tauri-apps/api/mocks";
import { FakeApp } from "./fakeApp";

const query = new URLSearchParams(location.search);
const app = new FakeApp((event, payload) => void emit(event, payload), { pace: Number(query.get("pace") ?? "350") });
if (query.get("state") === "new") app.asNew();
if (query.get("state") === "refused") app.asRefused();
if (query.has("big")) app.asBig();

mockWindows("main");
mockIPC((command, args) => app.answer(command, (args ?? {}) as Record<string, unknown>), { shouldMockEvents: true });

void import("../src/main");

if (query.has("axe")) {
  void import("axe-core").then((axe) => Object.assign(window, { axe: axe.default }));
}
