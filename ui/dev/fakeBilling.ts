/** A made-up invoice date: a line in every state, and what they look like compared. */
import type { BillingLine } from "../src/lib/bindings/BillingLine";
import type { BillingPlace } from "../src/lib/bindings/BillingPlace";
import type { BillingRecord } from "../src/lib/bindings/BillingRecord";
import type { BillingView } from "../src/lib/bindings/BillingView";
import type { CorrectionView } from "../src/lib/bindings/CorrectionView";
import type { HistoryRow } from "../src/lib/bindings/HistoryRow";
import type { ReconciledLine } from "../src/lib/bindings/ReconciledLine";
import type { ReconciliationView } from "../src/lib/bindings/ReconciliationView";
import type { SumStep } from "../src/lib/bindings/SumStep";
import { accounts, contractsOf, names, servicesOf } from "./fakeData";

const period = { start: "2026-12-01", end: "2026-12-31" };

function placeOf(index: number): BillingPlace {
  const account = accounts[index % accounts.length] as (typeof accounts)[number];
  const contract = contractsOf(account.id)[0] as { id: number; label: string };
  const service = servicesOf(contract.id)[0] as { id: number; label: string };
  return {
    account: account.id,
    accountName: account.label,
    contract: contract.id,
    contractName: contract.label,
    service: service.id,
    serviceName: service.label,
  };
}

const money = (tenThousandths: number): string => (tenThousandths / 10_000).toFixed(2);

function stepsOf(bytes: number, units: number): SumStep[] {
  return [
    { text: `${bytes.toLocaleString("en-US")} bytes are`, value: `${bytes / 1e9} GB` },
    { text: "rounded up", value: units.toLocaleString("en-US") },
  ];
}

function recordOf(index: number, changed: Partial<BillingRecord>): BillingRecord {
  return {
    id: 100 + index,
    state: "verified",
    stateText: "verified",
    postedAt: "2026-11-30T11:03:00Z",
    before: 380,
    approved: null,
    readUnits: 424,
    readAt: "2026-11-30T11:03:20Z",
    message: null,
    nextDayOffered: false,
    canSettle: false,
    canCorrect: true,
    correction: null,
    ...changed,
  };
}

/** To be posted, and nothing else about it. */
function plainLine(index: number): BillingLine {
  const units = 120 + ((index * 379) % 2900);
  const now = units - 40 + ((index * 13) % 90);
  const bytes = units * 1_000_000_000 - 600_000_000 + (index % 7) * 50_000_000;
  const change = units - now;
  return {
    organizationId: `org-${index + 1}`,
    organization: names[index % names.length] as string,
    organizationState: index === 4 ? "trial" : "active",
    place: placeOf(index),
    figure: { bytes, measuredAt: "2026-11-29T02:15:00Z", byHand: null },
    steps: stepsOf(bytes, units),
    effective: period.start,
    period,
    unitsNow: now,
    unitsToBe: units,
    change,
    unitPrice: "0.12",
    worth: money(change * 1200),
    group: "to_post",
    state: "to_post",
    stateText: "to be posted",
    why: null,
    remedy: null,
    record: null,
    canPost: true,
    canRetry: false,
  };
}

const notToPost = { canPost: false, change: 0, worth: "0.00" } as const;

export function billingLine(index: number): BillingLine {
  const line = plainLine(index);
  switch (index) {
    case 1:
      return {
        ...line, place: null, effective: null, period: null, unitsNow: null, change: null, worth: null, unitPrice: null, canPost: false,
        group: "blocked", state: "blocked", stateText: "blocked", remedy: "mappings",
        why: "No service is chosen. Choose contract and service on Mappings.",
      };
    case 2:
      return {
        ...line, state: "held", stateText: "waits for approval",
        why: "The change is more than 25 % (380 to 878).", record: recordOf(index, { state: "held", stateText: "waits for approval", postedAt: null, before: null, readUnits: null, readAt: null, canCorrect: false }),
      };
    case 3:
      return {
        ...line, figure: null, steps: [], unitsToBe: null, change: null, worth: null, canPost: false,
        group: "blocked", state: "blocked", stateText: "blocked", remedy: "figure",
        why: "There is no measurement of usage_bytes up to the invoice date. Enter the figure by hand, or look whether the source names the organization.",
      };
    case 5:
      return {
        ...line, ...notToPost, unitsNow: line.unitsToBe, group: "done", state: "verified", stateText: "verified",
        record: recordOf(index, { before: 380, readUnits: line.unitsToBe }),
      };
    case 6:
      return {
        ...line, unitsNow: 431, unitsToBe: 424, change: -7, worth: "-0.84", canPost: false, canRetry: true,
        group: "needs_review", state: "needs_review", stateText: "needs review",
        why: "431 units were read, where 424 were expected (380 before). Somebody else may have changed them.",
        record: recordOf(index, { state: "needs_review", stateText: "needs review", readUnits: 431, canSettle: true, message: "431 units were read, where 424 were expected (380 before). Somebody else may have changed them." }),
      };
    case 7:
      return {
        ...line, canPost: false, group: "blocked", state: "blocked", stateText: "blocked", remedy: "follow",
        why: "The contract ended on 2026-11-30, and was renewed as contract 29683999. Follow it, or choose another on Mappings.",
        record: recordOf(index, { state: "to_post", stateText: "to be posted", postedAt: null, before: null, readUnits: null, readAt: null, canSettle: true, canCorrect: false }),
      };
    case 8:
      return {
        ...line, figure: line.figure && { ...line.figure, byHand: "Portal was down; figure from the Arcserve invoice" },
      };
    case 9:
      return { ...line, ...notToPost, unitsNow: line.unitsToBe, group: "done", state: "as_it_should_be", stateText: "as it should be" };
    case 10:
      return {
        ...line, group: "done", state: "corrected", stateText: "corrected", why: "The former units were put back.",
        record: recordOf(index, { state: "corrected", stateText: "corrected", canCorrect: false, correction: recordOf(index + 500, { canCorrect: false, readUnits: 380 }) }),
      };
    case 11:
      return {
        ...line, canRetry: true, canPost: false, unitsNow: 380, unitsToBe: 424, change: 44, worth: "5.28",
        group: "needs_review", state: "needs_review", stateText: "needs review",
        why: "Autotask takes no second change with the same effective date.",
        record: recordOf(index, { state: "needs_review", stateText: "needs review", postedAt: null, readUnits: 380, canSettle: true, nextDayOffered: true, message: "Autotask takes no second change with the same effective date." }),
      };
    default:
      return line;
  }
}

export function billingView(lines: BillingLine[], date: string): BillingView {
  const count = (group: BillingLine["group"]): number => lines.filter((line) => line.group === group).length;
  const toPost = lines.filter((line) => line.group === "to_post");
  return {
    invoiceDate: date,
    at: `${date}T11:00:00Z`,
    due: date <= "2026-11-30",
    previous: "2026-10-31",
    next: "2026-12-31",
    current: "2026-11-30",
    openBefore: date > "2026-11-30" ? "2026-11-30" : null,
    enabled: true,
    unit: "gb",
    effective: "begins",
    approval: "when_changed_by_more_than",
    approvalThreshold: 25,
    timeZone: "America/New_York",
    readAt: new Date().toISOString(),
    lines,
    totals: {
      toPost: toPost.length,
      held: lines.filter((line) => line.state === "held").length,
      needsReview: count("needs_review"),
      blocked: count("blocked"),
      done: count("done"),
      change: toPost.reduce((sum, line) => sum + (line.change ?? 0), 0),
      worth: money(toPost.reduce((sum, line) => sum + Number(line.worth ?? "0") * 10_000, 0)),
    },
    watch: [
      {
        organizationId: "org-8", organization: names[7] as string, contractName: "Managed Backup 2026",
        message: "The contract ends on 2026-11-30 and was renewed: “Managed Backup 2027” (29683999) runs from 2026-12-01 to 2027-11-30. Follow it, and the organization is mapped to it.",
        follow: { contract: 29_683_999, contractName: "Managed Backup 2027", start: "2026-12-01", end: "2027-11-30" },
      },
      {
        organizationId: "org-10", organization: names[9] as string, contractName: "Managed Backup 2026",
        message: "The contract ends on 2026-12-31, in 32 days, and has not been renewed.", follow: null,
      },
    ],
  };
}

function comparedLine(line: BillingLine, index: number): ReconciledLine {
  const posted = line.unitsToBe ?? 0;
  const base: ReconciledLine = {
    organizationId: line.organizationId,
    organization: line.organization,
    place: line.place,
    outcome: "agrees",
    outcomeText: "agrees",
    message: "What was posted stands.",
    bad: false,
    figure: line.figure,
    steps: line.steps,
    measured: line.unitsToBe,
    effective: period.start,
    period,
    before: 380,
    posted,
    postedAt: "2026-10-31T11:03:00Z",
    standing: posted,
    difference: 0,
    unitPrice: "0.12",
    amount: money(posted * 1200),
    worth: "0.00",
    correctable: 100 + index,
  };
  const none = { before: null, posted: null, postedAt: null, standing: null, difference: null, amount: null, worth: null, correctable: null, effective: null, period: null };
  switch (index) {
    case 0:
      return {
        ...base, outcome: "changed_by_hand", outcomeText: "changed by hand", bad: true, standing: posted + 6, difference: 6, worth: "0.72",
        message: `${posted} units were posted, and ${posted + 6} stand in Autotask from 2026-12-01.`,
      };
    case 1:
      return { ...base, ...none, outcome: "not_mapped", outcomeText: "not mapped", bad: true, message: "The organization is not mapped to a service." };
    case 2:
      return { ...base, outcome: "posted_late", outcomeText: "posted late", postedAt: "2026-11-03T09:12:00Z", message: "It was posted on 2026-11-03, and stands." };
    case 3:
      return { ...base, ...none, outcome: "never_posted", outcomeText: "never posted", bad: true, message: "It is still to be posted. There is no measurement up to the invoice date." };
    case 7:
      return { ...base, outcome: "contract_changed", outcomeText: "contract changed", bad: true, standing: null, difference: null, worth: null, message: "The service (line 296835071) is not on the contract any more." };
    default:
      return base;
  }
}

export function reconciliationView(lines: BillingLine[], date: string): ReconciliationView {
  return {
    invoiceDate: date,
    at: `${date}T11:00:00Z`,
    previous: "2026-09-30",
    next: null,
    unit: "gb",
    timeZone: "America/New_York",
    readAt: new Date().toISOString(),
    lines: lines.map(comparedLine),
  };
}

export function correctionView(line: BillingLine): CorrectionView {
  const before = line.record?.before ?? 380;
  const now = line.unitsNow ?? 424;
  return {
    line: line.record?.id ?? 0,
    organization: line.organization,
    invoiceDate: "2026-11-30",
    place: line.place ?? placeOf(0),
    effective: period.start,
    unitsNow: now,
    unitsToBe: before,
    change: before - now,
    worth: money((before - now) * 1200),
    orFrom: "2026-12-02",
    blocked: false,
    message: `Changes the units from ${now} back to ${before} from 2026-12-01 on. Autotask may refuse a second change with the same effective date: then it is from 2026-12-02 on, and 2026-12-01 is billed with ${now} units.`,
  };
}

export const history: HistoryRow[] = [
  { at: "2026-11-30T11:02:00Z", what: "approved", detail: "approved: 424 units", ofCorrection: false },
  { at: "2026-11-30T11:03:00Z", what: "units changed", detail: "380 to 424 (+44) from 2026-12-01, contract 296835001, service line 2968350011", ofCorrection: false },
];
