import { emit } from "@tauri-apps/api/event";
import { cleanup, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import { refusal, type FakeApp } from "../dev/fakeApp";
import { findId, id, openPage, openScreen, start } from "./door";

describe("the frame", () => {
  test("the status is shown in the app's own words, and follows its events", async () => {
    const { app } = await openPage();
    expect(id("status-text").textContent).toBe("Up to date, last sync 14:02");
    app.view.status.text = "Login refused by Autotask";
    app.view.status.state = "login_refused";
    app.changed();
    await waitFor(() => expect(id("status-text").textContent).toBe("Login refused by Autotask"));
    expect(id("status-text").dataset["state"]).toBe("login_refused");
  });

  test.each([
    ["For an hour", { kind: "minutes", minutes: 60 }],
    ["For 4 hours", { kind: "minutes", minutes: 240 }],
    ["Until tomorrow", { kind: "until_tomorrow" }],
    ["Until resumed", { kind: "until_resumed" }],
  ])("a pause %s is asked for as that, and can be ended", async (name, length) => {
    const { user, asked } = await openPage();
    await user.click(id("pause"));
    await user.click(screen.getByRole("menuitem", { name }));
    await user.click(await findId("resume"));
    expect(await findId("pause")).toBeTruthy();
    expect(asked("pause")).toEqual([{ length }]);
  });

  test("how long to pause is chosen with the keyboard, and Escape takes it back", async () => {
    const { user, asked } = await openPage();
    id("pause").focus();
    await user.keyboard("{Enter}{Escape}");
    expect(screen.queryByRole("menu")).toBeNull();
    expect(document.activeElement).toBe(id("pause"));
    await user.keyboard("{Enter}{ArrowUp}{ArrowUp}{Enter}");
    await findId("resume");
    expect(asked("pause")).toEqual([{ length: { kind: "until_tomorrow" } }]);
  });

  test.each([
    ["activity", () => {}],
    ["credentials", (app: FakeApp) => app.asNew()],
    ["credentials", (app: FakeApp) => app.asRefused()],
  ])("the first screen is %s, where there is something to do or to see", async (name, prepare) => {
    await openPage(prepare);
    await waitFor(() => expect(id(`nav-${name}`).getAttribute("aria-current")).toBe("page"));
  });

  test("a window that was opened for a screen begins there, and turns to another that is asked for", async () => {
    window.location.hash = "#options";
    try {
      await openPage();
      await waitFor(() => expect(id("nav-options").getAttribute("aria-current")).toBe("page"));
    } finally {
      window.location.hash = "";
    }
    await emit("show-screen", "activity");
    await waitFor(() => expect(id("nav-activity").getAttribute("aria-current")).toBe("page"));
  });

  test("a demo is marked, and another window is not", async () => {
    await openPage();
    expect(id("demo-banner").textContent).toContain("nothing leaves this computer");
    cleanup();
    await openPage((app) => (app.view.demo = false));
    expect(screen.queryByTestId("demo-banner")).toBeNull();
  });

  test.each([
    ["demo-to-digest", "daily_digest", "2026-11-24 07:32"],
    ["demo-to-invoice", "invoice_date", "2026-12-01 06:01"],
  ])("%s sets the demo's clock forward, and says what time it is there", async (testid, to, time) => {
    const { user, asked } = await openPage();
    await user.click(id(testid));
    expect((await findId("message")).textContent).toContain(`It is ${time} in the demo now`);
    expect(asked("demo_skip")).toEqual([{ to }]);
  });

  test("the demo's clock waits until everything is set up", async () => {
    await openPage((app) => app.asNew());
    expect((id("demo-to-digest") as HTMLButtonElement).disabled).toBe(true);
    expect((id("demo-to-invoice") as HTMLButtonElement).disabled).toBe(true);
  });

  test("the sidebar counts what is to be reviewed in Billing, and else what is to be approved", async () => {
    const { app } = await openPage();
    expect(id("nav-billing").textContent).toMatch(/2\s*to review/);
    app.view.status.needsReview = 0;
    app.changed();
    await waitFor(() => expect(id("nav-billing").textContent).toMatch(/1\s*to approve/));
  });

  test("what this computer cannot do is said, and can be put away", async () => {
    const { user } = await openPage((app) => (app.view.limitations = ["This desktop has no tray: the window stays open."]));
    expect(id("limitation").textContent).toContain("no tray");
    await user.click(screen.getByRole("button", { name: "Hide this note" }));
    expect(screen.queryByTestId("limitation")).toBeNull();
  });

  test.each(["options", "mappings"] as const)("%s is closed until the logins have been tested, says why, and opens by itself", async (name) => {
    const { app } = await openScreen(name, (fake) => fake.asNew());
    expect(id("closed").textContent).toContain("opens after a successful test");
    app.view.unlocked = true;
    app.changed();
    await waitFor(() => expect(screen.queryByTestId("closed")).toBeNull());
    expect(await findId(name === "options" ? "options-save" : "suggest")).toBeTruthy();
  });

  test("a command that fails says why in a message that stays", async () => {
    const { user } = await openPage((app) => (app.refuse["sync_now"] = refusal("busy", "A sync is running already.")));
    await user.click(id("sync-now"));
    expect((await findId("message")).textContent).toContain("A sync is running already.");
  });

  test("an app that does not answer is said, and can be asked again", async () => {
    const { app, user } = start((fake) => (fake.refuse["app_view"] = refusal("storage", "The database is locked by another process.")));
    expect((await screen.findByRole("alert")).textContent).toContain("locked by another process");
    app.refuse = {};
    await user.click(screen.getByRole("button", { name: "Try again" }));
    expect(await findId("status-text")).toBeTruthy();
  });
});
