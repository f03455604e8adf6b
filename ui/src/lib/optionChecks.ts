/**
 * The checks that need nobody but the page: numbers in range, times that are times.
 * What depends on Autotask or on other settings is checked by the app, which has the last word.
 */
import type { AlertRow } from "./bindings/AlertRow";
import type { CommandError } from "./bindings/CommandError";
import type { Options } from "./bindings/Options";

export type AlertName = "success" | "warning" | "error" | "digest";

export const alertNames: Record<AlertName, string> = {
  success: "Success",
  warning: "Warning",
  error: "Error",
  digest: "Daily Digest",
};

const mistake = (field: string, message: string): CommandError => ({
  code: "invalid_input",
  message,
  field,
  retryAfter: null,
});

const whole = (value: number | null, from: number, to: number): boolean =>
  value !== null && Number.isInteger(value) && value >= from && value <= to;

const isTime = (text: string): boolean => /^([01]\d|2[0-3]):[0-5]\d$/.test(text);

function rowMistake(name: AlertName, row: AlertRow): CommandError | null {
  const at = `alerts.${name}`;
  const days = row.daysDue;
  if (days !== null && !whole(days, 0, 365)) {
    return mistake(`${at}.daysDue`, "Days Due is a whole number from 0 to 365.");
  }
  if (!row.enabled) return null;
  if (row.priority === null) return mistake(`${at}.priority`, `Choose a priority for ${alertNames[name]}, or switch the row off.`);
  if (row.queue === null) return mistake(`${at}.queue`, `Choose a queue for ${alertNames[name]}, or switch the row off.`);
  if (days === null && name !== "digest") {
    return mistake(`${at}.daysDue`, "Enter the days until the ticket is due; 0 is the day of the job.");
  }
  return null;
}

export function firstMistake({ alerts, billing, general }: Options): CommandError | null {
  for (const name of Object.keys(alertNames) as AlertName[]) {
    const found = rowMistake(name, alerts[name]);
    if (found) return found;
  }
  if (!isTime(alerts.digestTime)) return mistake("alerts.digestTime", "Enter a time of day such as 07:30.");
  if (alerts.jobsSince === "") return mistake("alerts.jobsSince", "Enter a day and a time such as 2026-11-23 14:00.");
  if (!isTime(billing.time)) return mistake("billing.time", "Enter a time of day such as 06:00.");
  if (!whole(billing.included, 0, 1_000_000_000)) {
    return mistake("billing.included", "What is included is a whole number from 0 to 1,000,000,000.");
  }
  if (!whole(billing.block, 1, 1_000_000)) return mistake("billing.block", "A block is a whole number of units from 1 to 1,000,000.");
  if (!whole(billing.minimum, 0, 1_000_000_000)) {
    return mistake("billing.minimum", "The minimum is a whole number from 0 to 1,000,000,000.");
  }
  if (!whole(billing.maxAgeDays, 0, 31)) return mistake("billing.maxAgeDays", "Enter a whole number of days from 0 to 31.");
  if (billing.approval === "when_changed_by_more_than" && !whole(billing.approvalThreshold, 0, 1000)) {
    return mistake("billing.approvalThreshold", "Enter a whole number of percent from 0 to 1,000.");
  }
  if (!whole(general.checkEveryMinutes, 1, 1440)) {
    return mistake("general.checkEveryMinutes", "Enter a whole number of minutes from 1 to 1,440.");
  }
  if (!whole(general.quotaShare, 10, 100)) {
    return mistake("general.quotaShare", "Enter a whole number of percent from 10 to 100.");
  }
  if (!whole(general.keepLedgerDays, 90, 3650)) {
    return mistake("general.keepLedgerDays", "Enter a whole number of days from 90 to 3,650.");
  }
  return null;
}
