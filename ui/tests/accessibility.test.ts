import { screen, within } from "@testing-library/svelte";
import axe from "axe-core";
import { describe, expect, test } from "vitest";
import type { ScreenName } from "../src/lib/screens";
import { findId, id, inRow, openScreen, type Open } from "./door";

async function violations(): Promise<string[]> {
  const found = await axe.run(document, {
    // jsdom has no layout and paints nothing: contrast is looked at in a real browser.
    rules: { "color-contrast": { enabled: false } },
  });
  return found.violations.map((each) => `${each.id}: ${each.nodes.map((node) => node.html).join("\n")}`);
}

const opened: [string, ScreenName, (open: Open) => Promise<void>][] = [
  ["Credentials", "credentials", async () => void (await findId("autotask-test"))],
  [
    "a finished test",
    "credentials",
    async ({ user }) => {
      await user.click(await findId("autotask-advanced"));
      await user.click(id("autotask-test"));
      await findId("autotask-steps");
    },
  ],
  ["Options", "options", async () => void (await findId("options-save"))],
  ["Mappings", "mappings", async () => void (await findId("mapping-row-org-1"))],
  [
    "the account list",
    "mappings",
    async ({ user }) => {
      await user.click(await inRow("org-3", "mapping-account"));
      await screen.findAllByTestId("account-option");
    },
  ],
  [
    "the suggestions",
    "mappings",
    async ({ user }) => {
      await findId("mapping-row-org-1");
      await user.click(id("suggest"));
      await findId("suggest-org-3");
    },
  ],
  [
    "the reason for excluding",
    "mappings",
    async ({ user }) => {
      await user.click(await inRow("org-1", "mapping-exclude"));
    },
  ],
  ["Billing", "billing", async () => void (await findId("billing-row-org-1"))],
  [
    "a line of Billing",
    "billing",
    async ({ user }) => {
      await user.click(within(await findId("billing-row-org-7")).getByTestId("billing-open"));
      await findId("billing-history");
    },
  ],
  [
    "the question before posting",
    "billing",
    async ({ user }) => {
      await findId("billing-row-org-1");
      await user.click(id("billing-post"));
      await findId("post-confirm");
    },
  ],
  [
    "a figure by hand",
    "billing",
    async ({ user }) => {
      await user.click(within(await findId("billing-row-org-4")).getByTestId("billing-open"));
      await user.click(await findId("billing-measure"));
      await findId("measure-amount");
    },
  ],
  [
    "a correcting entry",
    "billing",
    async ({ user }) => {
      await user.click(within(await findId("billing-row-org-6")).getByTestId("billing-open"));
      await user.click(await findId("billing-correct"));
      await findId("correct-confirm");
    },
  ],
  [
    "the reconciliation",
    "billing",
    async ({ user }) => {
      await user.click(await findId("billing-tab-reconciliation"));
      await user.click(within(await findId("compared-row-org-1")).getByTestId("compared-open"));
      await findId("compared-details");
    },
  ],
  ["Activity", "activity", async () => void (await screen.findAllByTestId("activity-row"))],
];

describe("axe finds nothing on", () => {
  test.each(opened)("%s", async (_name, name, prepare) => {
    const open = await openScreen(name);
    await prepare(open);
    expect(await violations()).toEqual([]);
  });

  test.each(["options", "mappings", "billing"] as const)("%s while it is closed", async (name) => {
    await openScreen(name, (app) => app.asNew());
    expect(await violations()).toEqual([]);
  });
});
