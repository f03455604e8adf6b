/** What the content security policy and the shape of the page ask for, checked on the sources. */
import { describe, expect, test } from "vitest";
import { findId, openScreen } from "./door";
import type { ScreenName } from "../src/lib/screens";

const sources = import.meta.glob("../src/**/*.{ts,svelte,css}", { query: "?raw", import: "default", eager: true }) as Record<string, string>;
const pages = import.meta.glob("../index.html", { query: "?raw", import: "default", eager: true }) as Record<string, string>;

const filesWith = (pattern: RegExp): string[] =>
  Object.entries(sources)
    .filter(([, text]) => pattern.test(text))
    .map(([path]) => path.replace("../src/", ""));

describe("the sources", () => {
  test("are all looked at", () => {
    expect(Object.keys(sources).length).toBeGreaterThan(40);
    expect(Object.keys(pages)).toHaveLength(1);
  });

  test("only one file knows the app behind the page", () => {
    expect(filesWith(/@tauri-apps|__TAURI/)).toEqual(["lib/ipc.ts"]);
  });

  test("hold no style attribute, style directive, transition or raw markup", () => {
    expect(filesWith(/\sstyle(:[\w-]+)?=|\b(transition|in|out|animate):\w+|\{@html/)).toEqual([]);
  });

  test("hold no style blocks, which a development server would put inline", () => {
    expect(filesWith(/<style/)).toEqual([]);
  });

  test("load nothing from elsewhere", () => {
    expect(filesWith(/url\((?!["']?data:)|@import\s+(url|["']https?:)|\bfetch\(|XMLHttpRequest|new WebSocket/)).toEqual([]);
  });

  test("ask nothing on a schedule", () => {
    expect(filesWith(/setInterval/)).toEqual([]);
  });

  test("the page itself has no inline script, style or handler", () => {
    const [page = ""] = Object.values(pages);
    expect(page).not.toMatch(/<style|\sstyle=|\son\w+=/);
    expect(page.match(/<script(?![^>]*\ssrc=)/)).toBeNull();
  });
});

describe("the rendered page", () => {
  const shown: [ScreenName, string][] = [
    ["credentials", "autotask-test"],
    ["options", "options-save"],
    ["mappings", "mapping-row-org-1"],
    ["billing", "billing-row-org-1"],
    ["activity", "activity-filter-all"],
  ];

  test.each(shown)("%s has style attributes only where a script places rows", async (name, testid) => {
    await openScreen(name);
    await findId(testid);
    const styled = [...document.querySelectorAll("[style]")].filter((element) => !element.closest(".virtual"));
    expect(styled.map((element) => element.outerHTML)).toEqual([]);
  });
});
