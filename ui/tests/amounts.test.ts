import { describe, expect, test } from "vitest";
import { amountText, bytesFrom, changeText, moneyChangeText, moneyText, sumOfMoney } from "../src/lib/amounts";

describe("amounts", () => {
  test.each([
    [523_400_000_000, "gb", "523.4 GB"],
    [523_400_000_000, "gib", "487.5 GiB"],
    [1_204_567_000_000, "gb", "1,204.6 GB"],
    [12_345_678_901, "gb", "12.35 GB"],
    [12_000_000, "gb", "0.012 GB"],
    [0, "gb", "0 GB"],
  ] as const)("%d bytes in %s read %s", (bytes, unit, text) => {
    expect(amountText(bytes, unit)).toBe(text);
  });

  test.each([
    ["523.4", "gb", 523_400_000_000],
    [" 1,204.5 ", "gb", 1_204_500_000_000],
    ["1 204", "gb", 1_204_000_000_000],
    ["0", "gb", 0],
    ["0.000000001", "gb", 1],
    ["1", "gib", 1_073_741_824],
    ["0.5", "gib", 536_870_912],
    ["0.1", "gib", 107_374_182],
    ["42", "bytes", 42],
    ["42.5", "bytes", null],
    ["523,4", "gb", null],
    ["-1", "gb", null],
    ["", "gb", null],
    ["much", "gb", null],
    ["9007199254740991", "bytes", 9_007_199_254_740_991],
    ["9007199254740992", "bytes", null],
    ["10000000", "gb", null],
  ] as const)("“%s” in %s is %s bytes", (text, unit, bytes) => {
    expect(bytesFrom(text, unit)).toBe(bytes);
  });

  test("money is grouped and keeps every place", () => {
    expect(moneyText("1234567.50")).toBe("1,234,567.50");
    expect(moneyText("-0.0475")).toBe("−0.0475");
    expect(moneyText("999.00")).toBe("999.00");
    expect(moneyChangeText("60.20")).toBe("+60.20");
    expect(moneyChangeText("-1234.00")).toBe("−1,234.00");
    expect(moneyChangeText("0.00")).toBe("0.00");
  });

  test("money is added up exactly", () => {
    expect(sumOfMoney([])).toBe("0.00");
    expect(sumOfMoney(["0.10", "0.20", "-0.05"])).toBe("0.25");
    expect(sumOfMoney(["-0.0475", "0.01"])).toBe("-0.0375");
    expect(sumOfMoney(["922337203685477.58", "0.01"])).toBe("922337203685477.59");
  });

  test("a change says which way it goes", () => {
    expect([0, 44, -1204].map(changeText)).toEqual(["0", "+44", "−1,204"]);
  });
});
