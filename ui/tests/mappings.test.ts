import { screen, waitFor, within } from "@testing-library/svelte";
import { describe, expect, test } from "vitest";
import { refusal } from "../dev/fakeApp";
import { findId, id, inRow, openScreen, type Open } from "./door";

const states = (): (string | undefined)[] => screen.getAllByTestId("mapping-state").map((state) => state.dataset["state"]);

async function mapCastell({ user }: Open): Promise<void> {
  const account = await inRow("org-3", "mapping-account");
  await user.click(account);
  await user.type(account, "castell");
  await user.click(await screen.findByRole("option", { name: "Castell Engineering Ltd." }));
  await waitFor(async () => expect((await inRow("org-3", "mapping-state")).dataset["state"]).toBe("tickets_only"));
}

describe("Mappings", () => {
  test("a customer is mapped by typing a part of the account's name; the row saves by itself", async () => {
    const open = await openScreen("mappings");
    await mapCastell(open);
    expect(open.asked("save_mapping")).toEqual([
      { input: { organizationId: "org-3", account: 29683502, contract: null, service: null, excluded: null } },
    ]);
    expect((await inRow("org-3", "mapping-state")).textContent).toContain("Tickets only");
  });

  test("contract and service are those of the account and the contract that were chosen", async () => {
    const open = await openScreen("mappings");
    await mapCastell(open);
    const contract = await inRow("org-3", "mapping-contract");
    await within(contract).findByRole("option", { name: "Managed Backup 2026" });
    expect(within(contract).getAllByRole("option")[0]?.textContent).toBe("- None -");
    await open.user.selectOptions(contract, "Managed Backup 2026");
    const service = await inRow("org-3", "mapping-service");
    await within(service).findByRole("option", { name: "Cloud Backup, per GB" });
    await waitFor(() => expect((service as HTMLSelectElement).disabled).toBe(false));
    await open.user.selectOptions(service, "Cloud Backup, per GB");
    await waitFor(async () => expect((await inRow("org-3", "mapping-state")).dataset["state"]).toBe("mapped"));
    expect(open.asked("contracts_of").at(-1)).toEqual({ account: 29683502 });
    expect(open.asked("services_of").at(-1)).toEqual({ contract: 296835021 });
  });

  test("each change of a row can be undone, back to how it was", async () => {
    const open = await openScreen("mappings");
    await mapCastell(open);
    await open.user.click(await inRow("org-3", "mapping-undo"));
    await waitFor(async () => expect((await inRow("org-3", "mapping-state")).dataset["state"]).toBe("not_mapped"));
    expect(((await inRow("org-3", "mapping-account")) as HTMLInputElement).value).toBe("");
    expect(within(id("mapping-row-org-3")).queryByTestId("mapping-undo")).toBeNull();
  });

  test("the account is chosen with the keyboard alone, and Escape puts back what was there", async () => {
    const { user, asked } = await openScreen("mappings");
    const account = (await inRow("org-1", "mapping-account")) as HTMLInputElement;
    await user.click(account);
    await user.clear(account);
    await user.keyboard("bright");
    await screen.findByRole("option", { name: "Bright Harbour Dental" });
    await waitFor(() => {
      const active = document.getElementById(account.getAttribute("aria-activedescendant") ?? "");
      expect(active?.textContent).toContain("Bright Harbour Dental");
    });
    await user.keyboard("{Escape}");
    expect(account.value).toBe("Alder & Finch Surveyors Ltd");
    expect(account.getAttribute("aria-expanded")).toBe("false");
    await user.keyboard("{ArrowDown}");
    await screen.findByRole("option", { name: "- SELECT -" });
    await screen.findByRole("option", { name: "Bright Harbour Dental" });
    await user.keyboard("{ArrowDown}{ArrowDown}{ArrowDown}{Enter}");
    await waitFor(() => expect(asked("save_mapping")).toHaveLength(1));
    expect(asked("save_mapping")[0]).toMatchObject({ input: { organizationId: "org-1", account: 29683501, contract: null } });
  });

  test("leaving the account without choosing changes nothing", async () => {
    const { user, asked } = await openScreen("mappings");
    const account = (await inRow("org-1", "mapping-account")) as HTMLInputElement;
    await user.click(account);
    await user.type(account, "half a na");
    await user.tab();
    expect(account.value).toBe("Alder & Finch Surveyors Ltd");
    expect(asked("save_mapping")).toHaveLength(0);
  });

  test("a row that cannot be saved says why and stays as it was", async () => {
    const { user } = await openScreen("mappings", (app) => {
      app.refuse["save_mapping"] = refusal("unreachable", "Autotask does not answer. Try again in a minute.");
    });
    await user.selectOptions(await inRow("org-1", "mapping-contract"), "- None -");
    expect((await inRow("org-1", "mapping-note")).textContent).toContain("Autotask does not answer");
    expect((await inRow("org-1", "mapping-state")).dataset["state"]).toBe("mapped");
    expect(((await inRow("org-1", "mapping-contract")) as HTMLSelectElement).selectedOptions[0]?.label).toBe("Managed Backup 2026");
  });

  test("what has ended or gone is said in the row, with what to do", async () => {
    await openScreen("mappings");
    expect((await inRow("org-6", "mapping-state")).textContent).toContain("Account inactive");
    expect((await inRow("org-6", "mapping-note")).textContent).toContain("Choose another");
    const contract = (await inRow("org-8", "mapping-contract")) as HTMLSelectElement;
    expect(contract.selectedOptions[0]?.textContent).toBe("Managed Backup 2026 (gone)");
  });

  test("filters and search narrow the table", async () => {
    const { user } = await openScreen("mappings");
    await findId("mapping-row-org-1");
    expect(screen.getAllByTestId("mapping-state")).toHaveLength(13);
    await user.click(id("mapping-filter-not-mapped"));
    expect(new Set(states())).toEqual(new Set(["not_mapped"]));
    await user.click(id("mapping-filter-needs-attention"));
    expect(states()).toEqual(["account_inactive", "contract_ended"]);
    await user.click(id("mapping-filter-all"));
    await user.type(id("mapping-search"), "moller");
    expect(screen.queryByTestId("mapping-row-org-13")).toBeNull();
    await user.clear(id("mapping-search"));
    await user.type(id("mapping-search"), "grunwald");
    expect(screen.getAllByTestId("mapping-state")).toHaveLength(1);
    expect(id("mapping-row-org-7")).toBeTruthy();
  });

  test("a row mapped under “not mapped” stays in sight until the filter is chosen again", async () => {
    const open = await openScreen("mappings");
    await open.user.click(await findId("mapping-filter-not-mapped"));
    await mapCastell(open);
    expect(id("mapping-row-org-3")).toBeTruthy();
    await open.user.click(id("mapping-filter-not-mapped"));
    expect(screen.queryByTestId("mapping-row-org-3")).toBeNull();
  });

  test("excluding asks for a reason, shows it, and can be taken back", async () => {
    const { user, asked } = await openScreen("mappings");
    await user.click(await inRow("org-1", "mapping-exclude"));
    await user.click(id("exclude-apply"));
    expect(screen.getByText(/Say why/)).toBeTruthy();
    await user.type(id("exclude-reason"), "Left us in October");
    await user.click(id("exclude-apply"));
    await waitFor(async () => expect((await inRow("org-1", "mapping-state")).dataset["state"]).toBe("excluded"));
    expect((await inRow("org-1", "mapping-note")).textContent).toContain("Left us in October");
    await user.click(await inRow("org-1", "mapping-include"));
    await waitFor(async () => expect((await inRow("org-1", "mapping-state")).dataset["state"]).toBe("mapped"));
    expect(asked("save_mapping").map((args) => (args["input"] as { excluded: string | null }).excluded)).toEqual(["Left us in October", null]);
  });

  test("a dialog that closes gives the focus back", async () => {
    const { user } = await openScreen("mappings");
    await user.click(await inRow("org-1", "mapping-exclude"));
    expect(document.activeElement).toBe(id("exclude-reason"));
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    expect(document.activeElement).toBe(await inRow("org-1", "mapping-exclude"));
  });

  test("suggestions show score and reason, and none is applied that was not ticked", async () => {
    const { user, asked } = await openScreen("mappings");
    await findId("mapping-row-org-1");
    await user.click(id("suggest"));
    const apply = (await findId("suggest-apply")) as HTMLButtonElement;
    const first = (await findId("suggest-org-3")) as HTMLInputElement;
    expect(document.querySelectorAll("dialog input:checked")).toHaveLength(0);
    expect(apply.disabled).toBe(true);
    expect(first.closest("li")?.textContent).toMatch(/same name\s*100/);
    await user.click(first);
    await user.click(apply);
    await waitFor(() => expect(screen.queryByTestId("suggest-apply")).toBeNull());
    expect(asked("save_mapping").map((args) => (args["input"] as { organizationId: string }).organizationId)).toEqual(["org-3"]);
    expect((await inRow("org-3", "mapping-state")).dataset["state"]).toBe("tickets_only");
    expect(await screen.findByText("1 customer mapped")).toBeTruthy();
  });

  test("a suggestion that cannot be saved stays with its reason; the others are applied", async () => {
    const { app, user } = await openScreen("mappings");
    await findId("mapping-row-org-1");
    const answer = app.answer.bind(app);
    app.answer = async (command, args) => {
      if (command === "save_mapping" && (args["input"] as { organizationId: string }).organizationId === "org-3") {
        throw refusal("refused", "The account was made inactive a moment ago.");
      }
      return answer(command, args);
    };
    await user.click(id("suggest"));
    await findId("suggest-org-3");
    await user.click(id("suggest-all"));
    await user.click(id("suggest-apply"));
    expect(await screen.findByText("The account was made inactive a moment ago.")).toBeTruthy();
    await waitFor(() => expect(screen.queryByTestId("suggest-org-13")).toBeNull());
    expect(screen.queryByTestId("suggest-org-5")).toBeNull();
    expect(id("suggest-org-3")).toBeTruthy();
  });

  test("a test ticket shows its number as a link and the fields as stored", async () => {
    const { user, asked } = await openScreen("mappings");
    await user.click(await findId("test-ticket-account"));
    await user.click((await screen.findAllByTestId("account-option"))[0] as HTMLElement);
    await user.click(id("test-ticket-send"));
    const number = await findId("test-ticket-number");
    expect(number.textContent).toContain("T20261123.0042");
    expect(id("test-ticket-fields").textContent).toContain("Backup Monitoring");
    expect(screen.getByText(/came back as “Triage”/)).toBeTruthy();
    await user.click(number);
    expect(asked("open_ticket")).toEqual([{ ticketId: 18231 }]);
  });

  test("while a test ticket is under way it says that it may take 15 seconds, and is not sent twice", async () => {
    const { app, user, asked } = await openScreen("mappings");
    await user.click(await findId("test-ticket-account"));
    await user.click((await screen.findAllByTestId("account-option"))[0] as HTMLElement);
    let finish = (): void => {};
    const held = new Promise<void>((resolve) => (finish = resolve));
    const answer = app.answer.bind(app);
    app.answer = async (command, args) => {
      const answered = await answer(command, args);
      if (command === "send_test_ticket") await held;
      return answered;
    };
    await user.click(id("test-ticket-send"));
    expect(await screen.findByText("This may take 15 seconds.")).toBeTruthy();
    expect((id("test-ticket-send") as HTMLButtonElement).disabled).toBe(true);
    await user.click(id("test-ticket-send"));
    finish();
    await findId("test-ticket-number");
    expect(asked("send_test_ticket")).toHaveLength(1);
  });

  test("changes from elsewhere appear by themselves", async () => {
    const { app } = await openScreen("mappings");
    await findId("mapping-row-org-1");
    const row = app.rows[0];
    if (row) app.rows[0] = { ...row, state: "service_gone", note: "The service is no longer on the contract." };
    const { emit } = await import("@tauri-apps/api/event");
    await emit("mappings-changed", null);
    await waitFor(async () => expect((await inRow("org-1", "mapping-state")).dataset["state"]).toBe("service_gone"));
  });

  test("without customers it says what to do next", async () => {
    await openScreen("mappings", (app) => (app.rows = []));
    expect(await screen.findByText("No customers yet")).toBeTruthy();
  });

  test("import and export tell what was done", async () => {
    const { user } = await openScreen("mappings");
    await findId("mapping-row-org-1");
    await user.click(id("mappings-import"));
    expect(await screen.findByText("12 mappings imported")).toBeTruthy();
    await user.click(id("mappings-export"));
    expect(await screen.findByText(/mappings\.csv/)).toBeTruthy();
  });
});
