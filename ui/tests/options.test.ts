import { screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import { refusal } from "../dev/fakeApp";
import type { Options } from "../src/lib/bindings/Options";
import { findId, id, openScreen, type Open } from "./door";

const savedOptions = ({ asked }: Open): Options | undefined => asked("save_options").at(-1)?.["options"] as Options | undefined;

describe("Options", () => {
  test("a change is visible as unsaved until it is saved", async () => {
    const open = await openScreen("options");
    await findId("options-saved");
    expect((id("options-save") as HTMLButtonElement).disabled).toBe(true);
    await open.user.click(id("alert-success-enabled"));
    expect(await findId("options-unsaved")).toBeTruthy();
    expect(id("nav-options").textContent).toContain("has unsaved changes");
    await open.user.click(id("options-save"));
    expect(await findId("options-saved")).toBeTruthy();
    expect(savedOptions(open)?.alerts.success.enabled).toBe(true);
  });

  test("the first visit shows a proposal that can be saved as it is", async () => {
    const open = await openScreen("options", (app) => {
      app.options.saved = false;
      app.options.options.alerts.jobsSince = null;
    });
    expect(await screen.findByText("This is a proposal")).toBeTruthy();
    await open.user.click(id("options-save"));
    expect(await findId("options-saved")).toBeTruthy();
    expect(savedOptions(open)?.alerts.jobsSince).toBeNull();
    await waitFor(() => expect((id("jobs-since") as HTMLInputElement).value).toBe("2026-11-23T08:07"));
  });

  test("discarding puts back what is saved", async () => {
    const { user } = await openScreen("options");
    await user.selectOptions(await findId("alert-error-priority"), "4");
    await user.click(id("options-discard"));
    expect((id("alert-error-priority") as HTMLSelectElement).selectedOptions[0]?.label).toBe("High");
    expect(id("options-saved")).toBeTruthy();
  });

  test("priority, queue and days of a row are sent as chosen", async () => {
    const open = await openScreen("options");
    await open.user.selectOptions(await findId("alert-error-priority"), "Critical");
    await open.user.selectOptions(id("alert-error-queue"), "Level II Support");
    await open.user.clear(id("alert-error-days"));
    await open.user.type(id("alert-error-days"), "2");
    await open.user.click(id("options-save"));
    await findId("options-saved");
    expect(savedOptions(open)?.alerts.error).toEqual({ enabled: true, priority: 4, queue: 6, daysDue: 2 });
  });

  test("a queue that has gone is shown as such, and blocks its row with the reason", async () => {
    const { user } = await openScreen("options", (app) => (app.options.options.alerts.error.queue = 9));
    const queue = (await findId("alert-error-queue")) as HTMLSelectElement;
    expect(queue.selectedOptions[0]?.textContent).toBe("Old Backup Queue (gone)");
    expect(id("alert-error-blocked").textContent).toContain("No Error ticket is sent until you choose another");
    expect(queue.getAttribute("aria-invalid")).toBe("true");
    expect(screen.getAllByRole("option", { name: /Old Backup Queue/ })).toHaveLength(1);
    await user.selectOptions(queue, "8");
    await waitFor(() => expect(screen.queryByTestId("alert-error-blocked")).toBeNull());
  });

  test("what the app refuses is marked at its field, which gets the focus", async () => {
    const { user } = await openScreen("options", (app) => (app.options.options.alerts.error.queue = 9));
    await user.click(await findId("alert-success-enabled"));
    await user.click(id("options-save"));
    expect(await screen.findByText("Not saved: please check the marked field.")).toBeTruthy();
    expect(screen.getByText(/“Old Backup Queue” is no longer active/)).toBeTruthy();
    expect(document.activeElement).toBe(id("alert-error-queue"));
  });

  test("an error whose field is not on the screen is shown whole", async () => {
    const { user } = await openScreen("options", (app) => {
      app.refuse["save_options"] = refusal("invalid_input", "The number of threads is 1 to 3.", "general.threads");
    });
    await user.click(await findId("alert-success-enabled"));
    await user.click(id("options-save"));
    expect(await screen.findByText("The number of threads is 1 to 3.")).toBeTruthy();
    expect(id("options-unsaved")).toBeTruthy();
  });

  test.each([
    ["alert-error-days", "400", /whole number from 0 to 365/],
    ["alert-warning-days", "1.5", /whole number from 0 to 365/],
    ["check-every", "0", /from 1 to 1,440/],
    ["check-every", "", /from 1 to 1,440/],
    ["quota-share", "9", /from 10 to 100/],
    ["keep-ledger", "89", /from 90 to 3,650/],
    ["keep-ledger", "3651", /from 90 to 3,650/],
    ["keep-ledger", "", /from 90 to 3,650/],
  ])("%s does not take “%s”", async (testid, text, message) => {
    const { user, asked } = await openScreen("options");
    await user.clear(await findId(testid));
    if (text) await user.type(id(testid), text);
    await user.click(id("options-save"));
    expect(await screen.findByText(message)).toBeTruthy();
    expect(id(testid).getAttribute("aria-invalid")).toBe("true");
    expect(asked("save_options")).toHaveLength(0);
  });

  test("how long the ledger is kept is sent as entered", async () => {
    const open = await openScreen("options");
    await open.user.clear(await findId("keep-ledger"));
    await open.user.type(id("keep-ledger"), "365");
    await open.user.click(id("options-save"));
    await findId("options-saved");
    expect(savedOptions(open)?.general.keepLedgerDays).toBe(365);
  });

  test("an enabled row needs its days, except the digest, which is then due the same day", async () => {
    const open = await openScreen("options");
    await open.user.clear(await findId("alert-error-days"));
    await open.user.click(id("options-save"));
    expect(await screen.findByText(/Enter the days until the ticket is due/)).toBeTruthy();
    await open.user.type(id("alert-error-days"), "1");
    await open.user.selectOptions(id("alert-digest-priority"), "Medium");
    await open.user.click(id("options-save"));
    await findId("options-saved");
    expect(savedOptions(open)?.alerts.digest.daysDue).toBeNull();
  });

  test("the forecast follows the switches before anything is saved", async () => {
    const { user } = await openScreen("options");
    await waitFor(() => expect(id("forecast").textContent).toMatch(/would have made 41 tickets\s+instead of 1,930/));
    await user.click(id("alert-warning-enabled"));
    await waitFor(() => expect(id("forecast").textContent).toContain("11 tickets"));
  });

  test("“jobs finished since” is edited in the partner's time zone and sent in UTC", async () => {
    const open = await openScreen("options");
    const since = (await findId("jobs-since")) as HTMLInputElement;
    expect(since.value).toBe("2026-11-01T01:00");
    const { fireEvent } = await import("@testing-library/svelte");
    await fireEvent.input(since, { target: { value: "2026-11-20T09:30" } });
    await open.user.click(id("options-save"));
    await findId("options-saved");
    expect(savedOptions(open)?.alerts.jobsSince).toBe("2026-11-20T14:30:00Z");
  });

  test("opening the screen again keeps what was changed and takes the new picklists", async () => {
    const { app, user } = await openScreen("options");
    await user.selectOptions(await findId("alert-error-priority"), "Critical");
    app.options.queues.push({ id: 77, label: "New Queue", active: true });
    await user.click(id("nav-activity"));
    await user.click(id("nav-options"));
    await waitFor(() => expect(screen.getAllByRole("option", { name: "New Queue" }).length).toBe(4));
    expect((id("alert-error-priority") as HTMLSelectElement).selectedOptions[0]?.label).toBe("Critical");
  });
});

describe("Billing's options", () => {
  const on = (app: { options: { options: Options } }): void => void (app.options.options.billing.enabled = true);

  test.each([
    ["billing-included", "-1", /What is included is a whole number/],
    ["billing-included", "1.5", /What is included is a whole number/],
    ["billing-block", "0", /from 1 to 1,000,000/],
    ["billing-minimum", "1000000001", /from 0 to 1,000,000,000/],
    ["billing-max-age", "32", /from 0 to 31/],
    ["billing-max-age", "", /from 0 to 31/],
  ])("%s does not take “%s”", async (testid, text, message) => {
    const { user, asked } = await openScreen("options", on);
    await user.clear(await findId(testid));
    if (text) await user.type(id(testid), text);
    await user.click(id("options-save"));
    expect(await screen.findByText(message)).toBeTruthy();
    expect(id(testid).getAttribute("aria-invalid")).toBe("true");
    expect(asked("save_options")).toHaveLength(0);
  });

  test("are sent as entered", async () => {
    const open = await openScreen("options", on);
    for (const [testid, text] of [["billing-included", "100"], ["billing-block", "50"], ["billing-max-age", "7"]] as const) {
      await open.user.clear(await findId(testid));
      await open.user.type(id(testid), text);
    }
    await open.user.selectOptions(id("billing-expired"), "zero");
    await open.user.selectOptions(id("billing-effective"), "closes");
    await open.user.click(id("options-save"));
    await findId("options-saved");
    expect(savedOptions(open)?.billing).toMatchObject({ included: 100, block: 50, maxAgeDays: 7, expired: "zero", effective: "closes" });
  });

  test("are explained by an example that follows them before anything is saved", async () => {
    const open = await openScreen("options", on);
    expect((await findId("billing-example")).textContent).toMatch(/from 2026-12-01 to 2026-12-31.*begins/s);
    await open.user.selectOptions(id("billing-effective"), "closes");
    await waitFor(() => expect(id("billing-example").textContent).toMatch(/from 2026-11-01 to 2026-11-30.*closes/s));
    await open.user.clear(id("billing-block"));
    await open.user.type(id("billing-block"), "50");
    await waitFor(() => expect((open.asked("billing_example").at(-1)?.["input"] as { billing: { block: number } }).billing.block).toBe(50));
    expect(id("billing-example").textContent).toContain("523 units");
    expect(open.asked("save_options")).toHaveLength(0);
  });
});
