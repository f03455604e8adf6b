import { emit } from "@tauri-apps/api/event";
import { fireEvent, screen, waitFor } from "@testing-library/svelte";
import { describe, expect, test, vi } from "vitest";
import { refusal } from "../dev/fakeApp";
import type { ActivityRow } from "../src/lib/bindings/ActivityRow";
import { joinNewest, joinOlder } from "../src/lib/activityRows";
import { coalesce } from "../src/lib/coalesce";
import { findId, id, openScreen } from "./door";

const lines = (): HTMLElement[] => screen.queryAllByTestId("activity-row");

describe("Activity", () => {
  test("only the rows in sight are in the document, however many there are", async () => {
    await openScreen("activity", (app) => (app.activityTotal = 1_000_000));
    await findId("activity-filter-all");
    await waitFor(() => expect(lines().length).toBeGreaterThan(5));
    expect(lines().length).toBeLessThan(60);
    expect(id("activity-filter-all").textContent).toContain("1,000,000");
  });

  test("older rows are asked for as the list is scrolled", async () => {
    const { asked } = await openScreen("activity");
    await waitFor(() => expect(lines().length).toBeGreaterThan(5));
    const list = screen.getByRole("table", { name: "Activity, newest first" });
    await fireEvent.scroll(list, { target: { scrollTop: 190 * 50 } });
    await waitFor(() => expect(asked("activity_view").at(-1)).toEqual({ query: { filter: "all", search: "", before: 1731, limit: 200 } }));
    await waitFor(() => expect(list.querySelectorAll("[role=row]").length).toBeGreaterThan(5));
  });

  test("a ticket's number opens it in Autotask", async () => {
    const { user, asked } = await openScreen("activity");
    await user.click((await screen.findAllByTestId("activity-ticket"))[0] as HTMLElement);
    expect(asked("open_ticket")).toEqual([{ ticketId: 19927 }]);
  });

  test("filter and search are asked of the app", async () => {
    const { user, asked } = await openScreen("activity");
    await user.click(await findId("activity-filter-needs-attention"));
    await waitFor(() => expect(lines()).toHaveLength(2));
    expect(lines()[0]?.textContent).toContain("Needs attention");
    await user.click(id("activity-filter-all"));
    await user.type(id("activity-search"), "kestrel");
    await waitFor(() => expect(asked("activity_view").at(-1)).toMatchObject({ query: { search: "kestrel", before: null } }));
    await waitFor(() => expect(lines().every((line) => line.textContent?.includes("Kestrel"))).toBe(true));
  });

  test("a row's details show the whole error, retry it and are copied", async () => {
    const { user, asked } = await openScreen("activity");
    const writeText = vi.spyOn(navigator.clipboard, "writeText");
    await user.click(await screen.findByRole("button", { name: "Details of Backup failed: SRV-07, nightly to cloud" }));
    expect(id("activity-details").textContent).toContain("Choose another under Options, then retry.");
    await user.click(id("activity-copy"));
    expect(await screen.findByText("Details copied")).toBeTruthy();
    expect(writeText).toHaveBeenCalledWith("Posting 1926: Backup error\nState: needs attention");
    await user.click(id("activity-retry"));
    expect(asked("retry_posting")).toEqual([{ id: 1926 }]);
  });

  test("new rows appear by themselves", async () => {
    const { app } = await openScreen("activity");
    await waitFor(() => expect(lines().length).toBeGreaterThan(5));
    app.activityTotal = 1931;
    await emit("activity-changed", null);
    await waitFor(() => expect(id("activity-filter-all").textContent).toContain("1,931"));
    await screen.findByText("T20261123.1928");
  });

  test("what happened while another screen was open is there on return, asked for once", async () => {
    const { app, user, asked } = await openScreen("activity");
    await waitFor(() => expect(lines().length).toBeGreaterThan(5));
    await user.click(id("nav-credentials"));
    const before = asked("activity_view").length;
    app.activityTotal = 1935;
    for (let i = 0; i < 5; i++) await emit("activity-changed", null);
    expect(asked("activity_view")).toHaveLength(before);
    await user.click(id("nav-activity"));
    await waitFor(() => expect(id("activity-filter-all").textContent).toContain("1,935"));
    expect(asked("activity_view")).toHaveLength(before + 1);
  });

  test("what a person should see although the rest went on is listed above, the newest first", async () => {
    const { user } = await openScreen("activity");
    await user.click(await screen.findByText("and 1 more notice"));
    const told = [...id("activity-notices").querySelectorAll("li")].map((one) => one.textContent ?? "");
    expect(told).toHaveLength(2);
    expect(told.join()).toContain("line 118");
    expect(told[0]).toContain(id("activity-notices").querySelector(".last")?.textContent);
  });

  test("an empty list says what to do next", async () => {
    const { user } = await openScreen("activity", (app) => app.asNew());
    expect(await screen.findByText("Nothing has happened yet")).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Open Credentials" }));
    expect(id("nav-credentials").getAttribute("aria-current")).toBe("page");
  });

  test("a search without a hit offers everything again", async () => {
    const { user } = await openScreen("activity");
    await user.type(await findId("activity-search"), "nobody at all");
    await user.click(await screen.findByRole("button", { name: "Show everything" }));
    await waitFor(() => expect(lines().length).toBeGreaterThan(5));
  });

  test("a list that cannot be read says why and can be asked again", async () => {
    const { app, user } = await openScreen("activity", (fake) => (fake.refuse["activity_view"] = refusal("storage", "The disk is full.")));
    expect((await screen.findByRole("alert")).textContent).toContain("The disk is full.");
    app.refuse = {};
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(lines().length).toBeGreaterThan(5));
  });
});

describe("pages of Activity", () => {
  const row = (id: number): ActivityRow => ({ id }) as ActivityRow;
  const page = (ids: number[], more: boolean) => ({
    rows: ids.map(row), more, total: 0, sent: 0, waiting: 0, needsAttention: 0, notices: [],
  });
  const ids = (rows: ActivityRow[]): number[] => rows.map((each) => each.id);

  test("the newest page takes the place of what it covers and keeps what lies below", () => {
    const joined = joinNewest([9, 8, 7, 6, 5].map(row), page([11, 10, 9, 7], true));
    expect(ids(joined.rows)).toEqual([11, 10, 9, 7, 6, 5]);
    expect(joined.putAbove).toBe(2);
    expect(joined.fromAnswerOnly).toBe(false);
  });

  test("a page with nothing after it is the whole list", () => {
    const joined = joinNewest([9, 8, 7].map(row), page([9], false));
    expect(ids(joined.rows)).toEqual([9]);
    expect(joined.fromAnswerOnly).toBe(true);
  });

  test("an older page never shows a row twice", () => {
    expect(ids(joinOlder([9, 8, 7].map(row), page([7, 6], false)))).toEqual([9, 8, 7, 6]);
  });
});

test("a burst of events becomes one call now and one behind it", async () => {
  const finish: (() => void)[] = [];
  const call = coalesce(() => new Promise((resolve) => finish.push(resolve)));
  for (let i = 0; i < 20; i++) call();
  expect(finish).toHaveLength(1);
  finish[0]?.();
  await waitFor(() => expect(finish).toHaveLength(2));
  finish[1]?.();
  await Promise.resolve();
  expect(finish).toHaveLength(2);
});
