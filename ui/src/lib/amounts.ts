/**
 * Amounts as a person reads and types them. Money comes as text and stays text: it is grouped, and added
 * up in whole ten-thousandths.
 */
import type { BillingUnit } from "./bindings/BillingUnit";
import { numberText } from "./words";

export const unitName: Record<BillingUnit, string> = { gb: "GB", gib: "GiB" };

const bytesOf: Record<BillingUnit, number> = { gb: 1_000_000_000, gib: 2 ** 30 };

/** "523.4 GB", for a look; the sum has it exactly. */
export function amountText(bytes: number, unit: BillingUnit): string {
  const amount = bytes / bytesOf[unit];
  const places = amount >= 100 ? 1 : amount >= 1 ? 2 : 3;
  return `${amount.toLocaleString("en-US", { maximumFractionDigits: places })} ${unitName[unit]}`;
}

/** "−12" or "+1,204": a change says which way it goes. */
export function changeText(change: number): string {
  if (change === 0) return "0";
  return `${change < 0 ? "−" : "+"}${numberText(Math.abs(change))}`;
}

/** "1234.50" as "1,234.50", "-3.20" as "−3.20". */
export function moneyText(money: string): string {
  const negative = money.startsWith("-");
  const [whole = "", places] = (negative ? money.slice(1) : money).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${negative ? "−" : ""}${grouped}${places === undefined ? "" : `.${places}`}`;
}

/** The same for a change: "+60.20", "−60.20", "0.00". */
export function moneyChangeText(money: string): string {
  const text = moneyText(money);
  return text.startsWith("−") || /^[0.,]*$/.test(text) ? text : `+${text}`;
}

export type TypedUnit = BillingUnit | "bytes";

/** The most that crosses exactly: 9 PB. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * "523.4" GB as 523400000000 bytes, exactly; `null` where the text is no amount, is not a whole number
 * of bytes or is too much.
 */
export function bytesFrom(text: string, unit: TypedUnit): number | null {
  const match = /^(\d{1,16})(?:[.](\d{1,12}))?$/.exec(text.trim().replace(/[,\s](?=\d{3}(\D|$))/g, ""));
  if (!match) return null;
  const [, whole = "", places = ""] = match;
  const scale = unit === "bytes" ? 1n : BigInt(bytesOf[unit]);
  const tenths = 10n ** BigInt(places.length);
  const scaled = BigInt(whole + places) * scale;
  // Of a GiB a decimal number is seldom a whole number of bytes: the nearest one is meant.
  if (unit === "bytes" && scaled % tenths !== 0n) return null;
  const bytes = (scaled + tenths / 2n) / tenths;
  return bytes <= MOST ? Number(bytes) : null;
}

const inParts = (money: string): bigint => {
  const negative = money.startsWith("-");
  const [whole = "0", places = ""] = (negative ? money.slice(1) : money).split(".");
  const parts = BigInt(whole + places.padEnd(4, "0").slice(0, 4));
  return negative ? -parts : parts;
};

/** A sum of amounts with up to four places, exactly. */
export function sumOfMoney(amounts: string[]): string {
  const sum = amounts.reduce((before, amount) => before + inParts(amount), 0n);
  const digits = (sum < 0n ? -sum : sum).toString().padStart(5, "0");
  const places = digits.slice(-4).replace(/00$/, "");
  return `${sum < 0n ? "-" : ""}${digits.slice(0, -4)}.${places}`;
}
