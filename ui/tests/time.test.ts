import { describe, expect, test } from "vitest";
import { fromLocalText, momentParts, momentText, toLocalText } from "../src/lib/time";

describe("moments in lists", () => {
  const now = new Date(2026, 10, 23, 12, 0);
  const at = (...parts: [number, number, number, number, number]): string => new Date(...parts).toISOString();

  test.each([
    [at(2026, 10, 23, 9, 5), "09:05"],
    [at(2026, 10, 22, 23, 59), "Yesterday 23:59"],
    [at(2026, 10, 21, 0, 0), "2026-11-21 00:00"],
    ["not a moment", "not a moment"],
  ])("%s reads %s", (moment, text) => {
    expect(momentText(moment, now)).toBe(text);
  });

  test("time and day come apart", () => {
    expect(momentParts(at(2026, 10, 22, 23, 59), now)).toEqual({ time: "23:59", day: "Yesterday" });
    expect(momentParts(at(2026, 10, 23, 9, 5), now)).toEqual({ time: "09:05", day: "" });
  });
});

describe("a moment set by hand", () => {
  test.each([
    ["2026-11-20 09:30", "America/New_York", "2026-11-20T14:30:00Z"],
    ["2026-07-01T00:00", "Europe/Berlin", "2026-06-30T22:00:00Z"],
    ["2026-01-01 05:30", "Asia/Kolkata", "2026-01-01T00:00:00Z"],
    ["2026-12-31 23:00", "UTC", "2026-12-31T23:00:00Z"],
    // left out by the change of clocks: the one an hour later
    ["2027-03-14 02:30", "America/New_York", "2027-03-14T07:30:00Z"],
    // comes twice: the first
    ["2026-11-01 01:30", "America/New_York", "2026-11-01T05:30:00Z"],
  ])("%s in %s is %s", (text, zone, moment) => {
    expect(fromLocalText(text, zone)).toBe(moment);
  });

  test.each(["", "yesterday", "2026-02-30 10:00", "2026-11-20 24:00", "2026-13-01 10:00", "20.11.2026 09:30"])("“%s” is no moment", (text) => {
    expect(fromLocalText(text, "UTC")).toBeNull();
  });

  test("what is shown is read back as the same moment", () => {
    for (const zone of ["America/New_York", "Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland"]) {
      for (let day = 0; day < 365; day += 5) {
        const moment = `${new Date(Date.UTC(2026, 0, 1 + day, 15, 45)).toISOString().slice(0, 19)}Z`;
        expect(fromLocalText(toLocalText(moment, zone), zone)).toBe(moment);
      }
    }
  });
});
