import { emit } from "@tauri-apps/api/event";
import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import { refusal } from "../dev/fakeApp";
import type { BillingOrder } from "../src/lib/bindings/BillingOrder";
import { findId, id, openScreen, type Open } from "./door";

const row = (index: number): Promise<HTMLElement> => findId(`billing-row-org-${index}`);
const rows = (): string[] =>
  [...document.querySelectorAll<HTMLElement>("[data-testid^='billing-row-']")].map((each) => each.dataset["testid"] as string);

async function openLine({ user }: Open, index: number): Promise<HTMLElement> {
  await user.click(within(await row(index)).getByTestId("billing-open"));
  return findId("billing-details");
}

const order = ({ asked }: Open): BillingOrder | undefined => asked("post_billing").at(-1)?.["order"] as BillingOrder | undefined;

/** Holds back the answers of a command until the returned function is called. */
function hold({ app }: Open, command: string): () => void {
  let go = (): void => {};
  const held = new Promise<void>((resolve) => (go = resolve));
  const answer = app.answer.bind(app);
  app.answer = async (asked, args) => {
    const answered = await answer(asked, args);
    if (asked === command) await held;
    return answered;
  };
  return go;
}

describe("the lines of an invoice date", () => {
  test("show what was measured, the units, the change and its worth", async () => {
    await openScreen("billing");
    const line = await row(1);
    expect(line.textContent).toContain("119.4 GB");
    expect(within(line).getByTestId("billing-units").textContent).toBe("80 → 120");
    expect(line.textContent).toContain("+40");
    expect(line.textContent).toContain("2026-12-01");
    expect(line.textContent).toContain("+4.80");
    expect(line.textContent).toContain("0.12 each");
    expect(within(line).getByTestId("billing-state").textContent).toBe("To be posted");
    expect(id("billing-when").textContent).toContain("Came on 2026-11-30 at 06:00");
    expect(id("billing-summary").textContent).toMatch(/Lines to post5.*Needs review2.*Blocked3/);
  });

  test("a figure that was entered by hand is marked, with its reason", async () => {
    const open = await openScreen("billing");
    const mark = within(await row(9)).getByText("by hand");
    expect(mark.closest("[title]")?.getAttribute("title")).toContain("Portal was down");
    expect((await openLine(open, 9)).textContent).toContain("Portal was down");
  });

  test("filters and search narrow them", async () => {
    const { user } = await openScreen("billing");
    await row(1);
    expect(rows()).toHaveLength(13);
    await user.click(id("billing-filter-blocked"));
    expect(rows()).toEqual(["billing-row-org-2", "billing-row-org-4", "billing-row-org-8"]);
    await user.click(id("billing-filter-needs-review"));
    expect(rows()).toEqual(["billing-row-org-7", "billing-row-org-12"]);
    await user.click(id("billing-filter-all"));
    await user.type(id("billing-search"), "grunwald");
    expect(rows()).toEqual(["billing-row-org-7"]);
    await user.type(id("billing-search"), "zzz");
    expect(screen.getByText(/Nothing matches/)).toBeTruthy();
    await user.click(screen.getByRole("button", { name: "Show all lines" }));
    expect(rows()).toHaveLength(13);
  });

  test("of 2,000 only those in sight are in the document", async () => {
    await openScreen("billing", (app) => app.asBig());
    await row(1);
    expect(rows().length).toBeLessThan(40);
    expect(screen.getByRole("table", { name: "Lines of the invoice date" }).getAttribute("aria-rowcount")).toBe("2001");
  });

  test("a row opens to its sum, what stands in Autotask, what was done and the ledger's lines", async () => {
    const open = await openScreen("billing");
    const details = await openLine(open, 7);
    expect(id("billing-sum").textContent).toMatch(/2,393,700,000,000 bytes are.*rounded up.*2,394 units/);
    expect(id("billing-record").textContent).toMatch(/Units before380.*Read back431/);
    await waitFor(() => expect(id("billing-history").textContent).toContain("380 to 424 (+44) from 2026-12-01"));
    expect(open.asked("billing_history")).toEqual([{ line: 106 }]);
    await open.user.click(within(details).getByRole("button", { name: "Close the details" }));
    expect(screen.queryByTestId("billing-details")).toBeNull();
  });

  test.each([
    [2, "Open Mappings", "mappings"],
    [4, "Enter the figure by hand …", null],
  ])("blocked line %d says why, and leads to where it is put right", async (index, name, screenName) => {
    const open = await openScreen("billing");
    const details = await openLine(open, index);
    expect(id("billing-why").textContent).toMatch(/Choose contract|Enter the figure/);
    expect(within(details).queryByTestId("billing-post-line")).toBeNull();
    await open.user.click(within(details).getByRole("button", { name }));
    if (screenName) expect(id(`nav-${screenName}`).getAttribute("aria-current")).toBe("page");
    else expect(await findId("measure-amount")).toBeTruthy();
  });

  test("another invoice date is asked for by arrow and by typing, and one click leads back", async () => {
    const open = await openScreen("billing");
    await row(1);
    await open.user.click(id("billing-date-next"));
    await waitFor(() => expect((id("billing-date") as HTMLInputElement).value).toBe("2026-12-31"));
    expect(id("billing-when").textContent).toContain("Comes on 2026-12-31");
    expect(id("billing-open-before").textContent).toBe("2026-11-30 is still open, and goes first.");
    const { fireEvent } = await import("@testing-library/svelte");
    await fireEvent.change(id("billing-date"), { target: { value: "2026-06-15" } });
    await waitFor(() => expect(open.asked("billing_view").at(-1)).toEqual({ invoiceDate: "2026-06-15" }));
    await waitFor(() => expect(screen.queryByTestId("billing-open-before")).toBeNull());
    await open.user.click(await findId("billing-current"));
    await waitFor(() => expect(open.asked("billing_view").at(-1)).toEqual({ invoiceDate: "2026-11-30" }));
    await waitFor(() => expect(screen.queryByTestId("billing-current")).toBeNull());
  });

  test("a date that is still to come makes way for the one that is meant by then", async () => {
    const open = await openScreen("options");
    const answer = open.app.answer.bind(open.app);
    let came = false;
    open.app.answer = async (command, args) => {
      if (command !== "billing_view" || came || args["invoiceDate"] !== null) return answer(command, args);
      return answer(command, { invoiceDate: "2026-12-31" });
    };
    await open.user.click(id("nav-billing"));
    await waitFor(() => expect(id("billing-when").textContent).toContain("Comes on 2026-12-31"));
    came = true;
    await emit("billing-changed", null);
    await waitFor(() => expect(id("billing-when").textContent).toContain("Came on 2026-11-30"));
  });

  test("billing that is switched off is told, with the way to Options", async () => {
    const { app } = await openScreen("options");
    const answer = app.answer.bind(app);
    app.answer = async (command, args) => {
      const answered = await answer(command, args);
      return command === "billing_view" ? { ...(answered as object), enabled: false } : answered;
    };
    id("nav-billing").click();
    expect(await screen.findByText(/Billing is switched off/)).toBeTruthy();
  });

  test("what has changed is read again when somebody looks, and not before", async () => {
    const open = await openScreen("billing");
    await row(1);
    expect(open.asked("billing_view")).toHaveLength(1);
    await open.user.click(id("nav-activity"));
    await emit("billing-changed", null);
    await emit("billing-changed", null);
    expect(open.asked("billing_view")).toHaveLength(1);
    await open.user.click(id("nav-billing"));
    await waitFor(() => expect(open.asked("billing_view")).toHaveLength(2));
    await emit("billing-changed", null);
    await waitFor(() => expect(open.asked("billing_view")).toHaveLength(3));
    await open.user.click(id("nav-activity"));
    await open.user.click(id("nav-billing"));
    expect(open.asked("billing_view")).toHaveLength(3);
  });

  test("Autotask that does not answer is told as on the other screens", async () => {
    const open = await openScreen("billing", (app) => {
      app.refuse["billing_view"] = refusal("unreachable", "Autotask does not answer. Try again in a minute.");
    });
    expect(await screen.findByText(/Autotask does not answer/)).toBeTruthy();
    delete open.app.refuse["billing_view"];
    await open.user.click(screen.getByRole("button", { name: "Try again" }));
    await row(1);
  });
});

describe("posting", () => {
  test("asks first: how many lines, how many units, and their worth; what was seen is what is sent", async () => {
    const open = await openScreen("billing");
    await row(1);
    await open.user.click(id("billing-post"));
    expect(id("post-summary").textContent).toMatch(/5 lines.*\+42.*\+5\.04.*2026-12-01/s);
    expect(open.asked("post_billing")).toHaveLength(0);
    await open.user.click(id("post-confirm"));
    expect(await screen.findByText("5 changes posted, 5 lines verified.")).toBeTruthy();
    expect(order(open)).toMatchObject({ invoiceDate: "2026-11-30", nextDay: false });
    expect(order(open)?.lines).toHaveLength(5);
    expect(order(open)?.lines[0]).toEqual({ organizationId: "org-1", units: 120 });
    await waitFor(async () => expect((await row(1)).dataset["state"]).toBe("verified"));
    // Also when another date is meant by then.
    expect(open.asked("billing_view").at(-1)).toEqual({ invoiceDate: "2026-11-30" });
  });

  test("only the lines that were chosen", async () => {
    const open = await openScreen("billing");
    await open.user.click(within(await row(1)).getByTestId("billing-pick"));
    await open.user.click(within(await row(5)).getByTestId("billing-pick"));
    expect(id("billing-post").textContent).toContain("Post 2 now");
    await open.user.click(id("billing-post"));
    await open.user.click(id("post-confirm"));
    await screen.findByText("2 changes posted, 2 lines verified.");
    expect(order(open)?.lines.map((line) => line.organizationId)).toEqual(["org-1", "org-5"]);
  });

  test("all that are in sight are chosen and given up with one box", async () => {
    const { user } = await openScreen("billing");
    await row(1);
    await user.type(id("billing-search"), "al");
    await user.click(id("billing-pick-all"));
    expect(id("billing-post").textContent).toMatch(/Post \d now/);
    await user.click(id("billing-pick-all"));
    expect(id("billing-post").textContent).toContain("Post all now");
  });

  test("a line that waits for approval is approved with it", async () => {
    const open = await openScreen("billing");
    const details = await openLine(open, 3);
    await open.user.click(within(details).getByTestId("billing-post-line"));
    expect(id("post-summary").textContent).toContain("all later billing periods");
    expect(id("post-waits").textContent).toContain("1 line waits for approval: The change is more than 25 % (380 to 878).");
    expect(id("post-confirm").textContent).toContain("Approve and post 1 line");
    await open.user.click(id("post-confirm"));
    await screen.findByText("1 change posted, 1 line verified.");
    expect(order(open)?.lines).toEqual([{ organizationId: "org-3", units: 878 }]);
  });

  test("while it runs its buttons are disabled, and the rest of the app is not", async () => {
    const open = await openScreen("billing");
    await row(1);
    const go = hold(open, "post_billing");
    await open.user.click(id("billing-post"));
    await open.user.click(id("post-confirm"));
    await findId("billing-progress");
    expect((id("billing-post") as HTMLButtonElement).disabled).toBe(true);
    expect((within(await row(1)).queryByTestId("billing-pick") as HTMLInputElement | null)?.disabled ?? true).toBe(true);
    await open.user.click(id("nav-activity"));
    expect(await screen.findAllByTestId("activity-row")).toBeTruthy();
    go();
    await open.user.click(id("nav-billing"));
    await screen.findByText("5 changes posted, 5 lines verified.");
    expect(screen.queryByTestId("billing-progress")).toBeNull();
  });

  test("a window that is opened meanwhile shows how far it is", async () => {
    const { app } = await openScreen("billing", (each) => {
      each.view.billing = { text: "Posting usage: 3 done, 9 left", done: 3, left: 9 };
    });
    expect((await findId("billing-progress")).textContent).toContain("3 done, 9 left");
    expect(within(id("billing-progress")).getByRole("progressbar").getAttribute("max")).toBe("12");
    await row(1);
    expect((id("billing-post") as HTMLButtonElement).disabled).toBe(true);
    app.view.billing = null;
    app.changed();
    await waitFor(() => expect((id("billing-post") as HTMLButtonElement).disabled).toBe(false));
  });

  test("what is not done is named with the reason, and what went wrong is told", async () => {
    const open = await openScreen("billing");
    await row(1);
    const answer = open.app.answer.bind(open.app);
    open.app.answer = async (command, args) => {
      const answered = await answer(command, args);
      if (command !== "post_billing") return answered;
      return { posted: 4, verified: 4, notDone: [{ organization: "Eastgate Legal", text: "needs review: 7 units were read." }], problems: ["Autotask cannot be reached."] };
    };
    await open.user.click(id("billing-post"));
    await open.user.click(id("post-confirm"));
    const result = await findId("billing-result");
    expect(result.textContent).toMatch(/4 changes posted.*Autotask cannot be reached.*Eastgate Legal: needs review/s);
    await open.user.click(within(result).getByRole("button", { name: "Close this message" }));
    expect(screen.queryByTestId("billing-result")).toBeNull();
  });

  test("a refusal is shown, and can be closed", async () => {
    const open = await openScreen("billing", (app) => {
      app.refuse["post_billing"] = refusal("busy", "Paused until resumed: nothing is sent. Resume first.");
    });
    await row(1);
    await open.user.click(id("billing-post"));
    await open.user.click(id("post-confirm"));
    expect(await screen.findByText(/Resume first/)).toBeTruthy();
    await open.user.click(screen.getByRole("button", { name: "Close this message" }));
    expect(screen.queryByText(/Resume first/)).toBeNull();
  });

  test("ahead of its date it says what that means", async () => {
    const open = await openScreen("billing");
    await row(1);
    await open.user.click(id("billing-date-next"));
    await waitFor(() => expect((id("billing-date") as HTMLInputElement).value).toBe("2026-12-31"));
    await open.user.click(id("billing-post"));
    expect(screen.getByText(/has not come yet/)).toBeTruthy();
  });
});

describe("a line that needs review", () => {
  test("is tried again, or from the next day where that is offered", async () => {
    const open = await openScreen("billing");
    await openLine(open, 12);
    await open.user.click(id("billing-next-day"));
    expect(id("post-summary").textContent).toContain("from the first free day after 2026-12-01");
    await open.user.click(id("post-confirm"));
    await screen.findByText("1 change posted, 1 line verified.");
    expect(order(open)).toEqual({ invoiceDate: "2026-11-30", lines: [{ organizationId: "org-12", units: 424 }], nextDay: true });

    const details = await openLine(open, 7);
    expect(within(details).queryByTestId("billing-next-day")).toBeNull();
    await open.user.click(id("billing-retry"));
    await open.user.click(id("post-confirm"));
    await waitFor(() => expect(order(open)?.lines[0]?.organizationId).toBe("org-7"));
    expect(order(open)?.nextDay).toBe(false);
  });

  test("is left as it stands, for a reason", async () => {
    const open = await openScreen("billing");
    await openLine(open, 7);
    await open.user.click(id("billing-settle"));
    await open.user.click(id("settle-apply"));
    expect(screen.getByText("Say why it is left as it stands.")).toBeTruthy();
    expect(open.asked("settle_billing")).toHaveLength(0);
    await open.user.type(id("settle-reason"), "Agreed with the customer");
    await open.user.click(id("settle-apply"));
    await waitFor(() => expect(open.asked("settle_billing")).toEqual([{ line: 106, reason: "Agreed with the customer" }]));
    await waitFor(() => expect(screen.queryByTestId("settle-reason")).toBeNull());
  });

  test("is not tried again where it is blocked, and what is blocked can be left as it stands too", async () => {
    const open = await openScreen("billing");
    const details = await openLine(open, 8);
    expect(within(details).queryByTestId("billing-retry")).toBeNull();
    expect(within(details).queryByTestId("billing-post-line")).toBeNull();
    await open.user.click(id("billing-settle"));
    await open.user.type(id("settle-reason"), "Billed by hand");
    await open.user.click(id("settle-apply"));
    await waitFor(() => expect(open.asked("settle_billing")).toEqual([{ line: 107, reason: "Billed by hand" }]));
  });

  test("is read back with all others that are not decided", async () => {
    const open = await openScreen("billing");
    await row(1);
    await open.user.click(id("billing-read-back"));
    await screen.findByText("0 changes posted, 1 line verified.");
    expect(open.asked("read_back_billing")).toHaveLength(1);
  });
});

describe("a figure by hand", () => {
  test("is entered with a reason, exactly, and marked from then on", async () => {
    const open = await openScreen("billing");
    await openLine(open, 4);
    await open.user.click(id("billing-measure"));
    expect(document.activeElement).toBe(id("measure-amount"));
    await open.user.type(id("measure-amount"), "five");
    await open.user.click(id("measure-save"));
    expect(screen.getByText(/Enter an amount such as 523.4/)).toBeTruthy();
    expect(screen.getByText(/Say why/)).toBeTruthy();
    await open.user.clear(id("measure-amount"));
    await open.user.type(id("measure-amount"), "523.4");
    expect(screen.getByText("523,400,000,000 bytes")).toBeTruthy();
    await open.user.type(id("measure-reason"), "Portal was down");
    await open.user.click(id("measure-save"));
    await waitFor(() =>
      expect(open.asked("enter_measurement")).toEqual([
        { input: { organizationId: "org-4", bytes: 523_400_000_000, reason: "Portal was down", invoiceDate: "2026-11-30" } },
      ]),
    );
    await waitFor(async () => expect((await row(4)).textContent).toContain("by hand"));
  });

  test("that the app refuses stays open with the reason at its field", async () => {
    const open = await openScreen("billing", (app) => {
      app.refuse["enter_measurement"] = refusal("invalid_input", "The reason is too long: at most 500 characters.", "reason");
    });
    await openLine(open, 4);
    await open.user.click(id("billing-measure"));
    await open.user.type(id("measure-amount"), "1");
    await open.user.type(id("measure-reason"), "x");
    await open.user.click(id("measure-save"));
    expect(await screen.findByText(/too long/)).toBeTruthy();
  });
});

describe("a correcting entry", () => {
  test("shows what it will do before anything is sent", async () => {
    const open = await openScreen("billing");
    await openLine(open, 6);
    await open.user.click(id("billing-correct"));
    expect((await findId("correct-message")).textContent).toMatch(/back to 380.*may refuse/);
    expect(open.asked("plan_correction")).toEqual([{ line: 105 }]);
    expect(open.asked("correct_billing")).toHaveLength(0);
    await open.user.click(id("correct-confirm"));
    await screen.findByText("1 change posted, 1 line verified.");
    expect(open.asked("correct_billing")).toEqual([{ line: 105 }]);
  });

  test("that Autotask does not allow cannot be made", async () => {
    const open = await openScreen("billing");
    const answer = open.app.answer.bind(open.app);
    open.app.answer = async (command, args) => {
      const answered = await answer(command, args);
      if (command !== "plan_correction") return answered;
      return { ...(answered as object), blocked: true, message: "It cannot be corrected. The billing period is approved and posted in Autotask." };
    };
    await openLine(open, 6);
    await open.user.click(id("billing-correct"));
    expect((await findId("correct-message")).textContent).toContain("approved and posted");
    expect(screen.queryByTestId("correct-confirm")).toBeNull();
  });
});

describe("the contract watch", () => {
  test("follows a renewed contract only after asking", async () => {
    const open = await openScreen("billing");
    const watch = await findId("contract-watch");
    expect(watch.textContent).toContain("2 things to look at");
    await open.user.click(within(watch).getByTestId("follow"));
    expect((await findId("follow-message")).textContent).toMatch(/Halcyon Freight.*Managed Backup 2027.*2026-12-01/s);
    expect(open.asked("follow_contract")).toHaveLength(0);
    await open.user.click(id("follow-confirm"));
    await waitFor(() => expect(open.asked("follow_contract")).toEqual([{ organizationId: "org-8" }]));
  });
});

describe("the reconciliation", () => {
  const compared = (index: number): Promise<HTMLElement> => findId(`compared-row-org-${index}`);

  async function openReconciliation(prepare?: Parameters<typeof openScreen>[1]): Promise<Open> {
    const open = await openScreen("billing", prepare);
    await open.user.click(id("billing-tab-reconciliation"));
    await compared(1);
    return open;
  }

  test("is not read before somebody turns to it", async () => {
    const open = await openScreen("billing");
    await row(1);
    expect(open.asked("reconciliation")).toHaveLength(0);
    await open.user.click(id("billing-tab-reconciliation"));
    await compared(1);
    expect(open.asked("reconciliation")).toEqual([{ invoiceDate: null }]);
  });

  test("shows measured, posted and standing side by side, with the outcome", async () => {
    await openReconciliation();
    const line = await compared(1);
    expect(line.dataset["outcome"]).toBe("changed_by_hand");
    expect(line.textContent).toMatch(/120.*120.*126.*\+6.*\+0\.72.*Changed by hand/s);
    expect(within(await compared(3)).getByTestId("compared-outcome").textContent).toBe("Posted late");
    expect(within(await compared(2)).getByTestId("compared-outcome").textContent).toBe("Not mapped");
  });

  test("can be filtered, exported, and written as statements", async () => {
    const open = await openReconciliation();
    await open.user.click(id("reconciliation-filter-look"));
    expect([...document.querySelectorAll("[data-testid^='compared-row-']")]).toHaveLength(2);
    await open.user.click(id("reconciliation-export"));
    expect(await screen.findByText(/Saved to .*reconciliation\.csv/)).toBeTruthy();
    await open.user.click(id("statements"));
    expect(await screen.findByText("11 statements saved")).toBeTruthy();
    await open.user.click(within(await compared(1)).getByTestId("compared-open"));
    await open.user.click(await findId("statement"));
    await waitFor(() => expect(open.asked("save_statement")).toEqual([{ invoiceDate: "2026-10-31", organizationId: "org-1" }]));
  });

  test("corrects what was changed by hand, after showing what that does", async () => {
    const open = await openReconciliation();
    await open.user.click(within(await compared(1)).getByTestId("compared-open"));
    await open.user.click(await findId("compared-correct"));
    await open.user.click(await findId("correct-confirm"));
    await screen.findByText("1 change posted, 1 line verified.");
    expect(open.asked("correct_billing")).toEqual([{ line: 100 }]);
    await waitFor(() => expect(open.asked("reconciliation")).toHaveLength(2));
  });

  test("its tab is reached with the arrow keys", async () => {
    const { user } = await openScreen("billing");
    await row(1);
    id("billing-tab-lines").focus();
    await user.keyboard("{ArrowRight}");
    expect(document.activeElement).toBe(id("billing-tab-reconciliation"));
    expect(id("billing-tab-reconciliation").getAttribute("aria-selected")).toBe("true");
    await compared(1);
  });
});
