/** The words and shapes of states. One table each, so that a new state does not compile without. */
import type { ActivityState } from "./bindings/ActivityState";
import type { BillingOutcome } from "./bindings/BillingOutcome";
import type { BillingState } from "./bindings/BillingState";
import type { CommandError } from "./bindings/CommandError";
import type { ErrorCode } from "./bindings/ErrorCode";
import type { MappingState } from "./bindings/MappingState";
import type { StatusState } from "./bindings/StatusState";
import type { StepState } from "./bindings/StepState";
import type { IconName } from "./icons";

export type Tone = "good" | "warn" | "bad" | "busy" | "idle";

export interface Look {
  icon: IconName;
  tone: Tone;
}

export const statusLook: Record<StatusState, Look> = {
  not_set_up: { icon: "circle-dashed", tone: "idle" },
  up_to_date: { icon: "check-circle", tone: "good" },
  working: { icon: "sync", tone: "busy" },
  paused: { icon: "pause-circle", tone: "idle" },
  needs_attention: { icon: "warning", tone: "warn" },
  login_refused: { icon: "error", tone: "bad" },
};

export const stepLook: Record<StepState, Look & { word: string }> = {
  waiting: { icon: "circle", tone: "idle", word: "waiting" },
  running: { icon: "spinner", tone: "busy", word: "running" },
  passed: { icon: "check-circle", tone: "good", word: "passed" },
  warning: { icon: "warning", tone: "warn", word: "passed with a warning" },
  failed: { icon: "error", tone: "bad", word: "failed" },
  skipped: { icon: "circle-minus", tone: "idle", word: "skipped" },
};

export const mappingLook: Record<MappingState, Look & { word: string; attention: boolean }> = {
  mapped: { icon: "check-circle", tone: "good", word: "Mapped", attention: false },
  tickets_only: { icon: "half-circle", tone: "good", word: "Tickets only", attention: false },
  not_mapped: { icon: "circle-dashed", tone: "idle", word: "Not mapped", attention: false },
  excluded: { icon: "circle-minus", tone: "idle", word: "Excluded", attention: false },
  account_inactive: { icon: "warning", tone: "warn", word: "Account inactive", attention: true },
  contract_ended: { icon: "warning", tone: "warn", word: "Contract ended", attention: true },
  service_gone: { icon: "warning", tone: "warn", word: "Service gone", attention: true },
};

export const activityLook: Record<ActivityState, Look> = {
  waiting: { icon: "clock", tone: "idle" },
  sending: { icon: "spinner", tone: "busy" },
  done: { icon: "check-circle", tone: "good" },
  unclear: { icon: "question", tone: "warn" },
  needs_attention: { icon: "warning", tone: "bad" },
};

export const billingLook: Record<BillingState, Look> = {
  to_post: { icon: "circle", tone: "busy" },
  held: { icon: "pause-circle", tone: "warn" },
  blocked: { icon: "warning", tone: "warn" },
  as_it_should_be: { icon: "check", tone: "good" },
  sending: { icon: "spinner", tone: "busy" },
  posted: { icon: "half-circle", tone: "busy" },
  unclear: { icon: "question", tone: "warn" },
  verified: { icon: "check-circle", tone: "good" },
  needs_review: { icon: "error", tone: "bad" },
  settled: { icon: "hand", tone: "idle" },
  corrected: { icon: "undo", tone: "idle" },
  withdrawn: { icon: "circle-minus", tone: "idle" },
};

export const outcomeLook: Record<BillingOutcome, Look> = {
  agrees: { icon: "check-circle", tone: "good" },
  posted_late: { icon: "clock", tone: "good" },
  changed_by_hand: { icon: "hand", tone: "bad" },
  contract_changed: { icon: "warning", tone: "warn" },
  not_mapped: { icon: "circle-dashed", tone: "idle" },
  never_posted: { icon: "circle-minus", tone: "warn" },
  covered: { icon: "check-circle", tone: "idle" },
  undecided: { icon: "half-circle", tone: "busy" },
  needs_review: { icon: "error", tone: "bad" },
  settled: { icon: "hand", tone: "idle" },
  corrected: { icon: "undo", tone: "idle" },
};

/** A heading for an error, where its message stands below. */
export const errorTitle: Record<ErrorCode, string> = {
  invalid_input: "Please check what was entered",
  not_tested: "The logins have not been tested yet",
  login_refused: "The login was refused",
  keychain_unavailable: "The keychain cannot be used",
  unreachable: "No answer",
  refused: "This was refused",
  unclear: "It is not certain whether this arrived",
  busy: "Something else is running",
  not_found: "Not found",
  storage: "The app's own data could not be read or written",
  internal: "Something went wrong",
};

/** Whether the error belongs to that input; a view's prefix in front of the name does not matter. */
export function isAbout(error: CommandError | null, field: string): boolean {
  const named = error?.field;
  return !!named && (named === field || named.endsWith(`.${field}`));
}

const grouped = new Intl.NumberFormat("en-US");

export const numberText = (value: number): string => grouped.format(value);

/** "1 ticket", "1,930 tickets" */
export const countText = (count: number, one: string, many = `${one}s`): string =>
  `${numberText(count)} ${count === 1 ? one : many}`;

/** "to be posted" as "To be posted": a state that stands alone. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
