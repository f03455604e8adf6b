/** A made-up partner: customers, accounts, contracts, postings. */
import type { ActivityRow } from "../src/lib/bindings/ActivityRow";
import type { Choice } from "../src/lib/bindings/Choice";
import type { CredentialsView } from "../src/lib/bindings/CredentialsView";
import type { MappingRow } from "../src/lib/bindings/MappingRow";
import type { NoticeRow } from "../src/lib/bindings/NoticeRow";
import type { OptionsView } from "../src/lib/bindings/OptionsView";

export const names = [
  "Alder & Finch Surveyors", "Bright Harbour Dental", "Castell Engineering", "Dune Street Bakery", "Eastgate Legal",
  "Fernhill Veterinary Group", "Grünwald Maschinenbau", "Halcyon Freight", "Inverness Timber", "Juniper Health Partners",
  "Kestrel Avionics", "Larkspur Architects", "Møller Shipping", "Nightingale Care Homes", "Orchard Row School",
  "Penrose Accountancy", "Quayside Seafoods", "Redwood Realty", "Saltmarsh Brewing", "Tamarind Hotels",
  "Upland Wind Energy", "Vantage Couriers", "Willow Bank Credit Union", "Yarrow Pharmacy",
];
const suffixes = [" Ltd", "", " Ltd.", " Inc.", " LLP", "", " GmbH", " Limited"];

export const accounts: Choice[] = names.map((name, index) => ({
  id: 29_683_500 + index,
  label: `${name}${suffixes[index % suffixes.length]}`,
  active: true,
}));

export const contractsOf = (account: number): Choice[] => [
  { id: account * 10 + 1, label: "Managed Backup 2026", active: true },
  { id: account * 10 + 2, label: "Cloud Services, monthly", active: true },
];

export const servicesOf = (contract: number): Choice[] => [
  { id: contract * 10 + 1, label: "Cloud Backup, per GB", active: true },
  { id: contract * 10 + 2, label: "Cloud Backup, archive", active: true },
];

export function mappingRows(): MappingRow[] {
  return names.map((organization, index) => {
    const account = accounts[index] as Choice;
    const contract = contractsOf(account.id)[0] as Choice;
    const service = servicesOf(contract.id)[0] as Choice;
    const row: MappingRow = {
      organizationId: `org-${index + 1}`,
      organization,
      organizationState: index === 4 ? "trial" : "active",
      account,
      contract,
      service,
      excluded: null,
      state: "mapped",
      note: null,
      waiting: 0,
    };
    switch (index) {
      case 1:
        return { ...row, contract: null, service: null, state: "tickets_only", note: null };
      case 2:
      case 4:
      case 8:
      case 12:
        return { ...row, account: null, contract: null, service: null, state: "not_mapped", waiting: index === 2 ? 3 : 0 };
      case 5:
        return { ...row, account: { ...account, active: false }, state: "account_inactive", note: "The account is inactive in Autotask, or no longer there. Choose another, or make it active.", waiting: 2 };
      case 7:
        return { ...row, contract: { ...contract, active: false }, state: "contract_ended", note: "The contract ended on 2026-10-31. Tickets go on; billing waits. Choose the contract that follows it." };
      case 10:
        return { ...row, account: null, contract: null, service: null, state: "excluded", excluded: "Test customer" };
      default:
        return row;
    }
  });
}

export function credentials(): CredentialsView {
  return {
    autotask: {
      username: "backup-api@northwind-backup.example",
      passwordSaved: true,
      trackingIdentifier: "ABCDEFGHIJKLMNOPQRSTUVWXYZ1",
      api: "rest",
      zone: "auto",
      zoneLookup: "webservices.autotask.net",
      soapTimes: "eastern",
      zoneFound: "https://webservices5.autotask.net",
      testedAt: "2026-11-23T13:01:00Z",
    },
    cloudDirect: { source: "portal", address: "https://portal.clouddirect.example", tokenSaved: true, folder: "", testedAt: "2026-11-23T13:02:00Z" },
    keychain: true,
  };
}

export function optionsView(): OptionsView {
  return {
    saved: true,
    options: {
      alerts: {
        success: { enabled: false, priority: 3, queue: 8, daysDue: 7 },
        warning: { enabled: true, priority: 2, queue: 8, daysDue: 3 },
        error: { enabled: true, priority: 1, queue: 8, daysDue: 1 },
        digest: { enabled: true, priority: 3, queue: 8, daysDue: null },
        digestTime: "07:30",
        digestWithoutJobs: true,
        jobsSince: "2026-11-01T05:00:00Z",
      },
      billing: {
        enabled: false, invoiceDay: 1, time: "06:00", unit: "gb", included: 0, rounding: "nearest", block: 1, minimum: 0,
        billTrials: false, expired: "leave", maxAgeDays: 3, effective: "begins", approval: "when_changed_by_more_than", approvalThreshold: 25,
      },
      general: { timeZone: "America/New_York", checkEveryMinutes: 5, startAtLogin: true, notifications: true, quotaShare: 80, keepLedgerDays: 730 },
    },
    priorities: [
      { id: 4, label: "Critical", active: true },
      { id: 1, label: "High", active: true },
      { id: 2, label: "Medium", active: true },
      { id: 3, label: "Low", active: true },
    ],
    queues: [
      { id: 8, label: "Backup Monitoring", active: true },
      { id: 5, label: "Level I Support", active: true },
      { id: 6, label: "Level II Support", active: true },
      { id: 9, label: "Old Backup Queue", active: false },
    ],
    timeZones: ["America/New_York", "America/Chicago", "Europe/Berlin", "Europe/London", "UTC"],
  };
}

export const notices: NoticeRow[] = [
  { time: "2026-11-23T12:41:00Z", text: "jobs-2026-11-22.csv, line 118: “finished_at” is no date: “22/13/2026 04:10”. The line was left out." },
  { time: "2026-11-22T05:12:00Z", text: "Unknown status word “Verified” was counted as Warning. It can be set in the settings file." },
];

export function activityRow(id: number, newest: number): ActivityRow {
  const time = new Date(Date.now() - (newest - id) * 17 * 60_000).toISOString();
  const index = id % names.length;
  const organization = names[index] as string;
  const account = accounts[index]?.label ?? null;
  const back = newest - id;
  const base: ActivityRow = {
    id, time, organization, account,
    what: "Backup success",
    title: `Backup completed: SRV-${String(index + 1).padStart(2, "0")}, nightly to cloud`,
    state: "done",
    stateText: "Sent",
    ticketId: 18_000 + id,
    ticketNumber: `T20261123.${String(id).padStart(4, "0")}`,
    error: null,
    nextAttempt: null,
    canRetry: false,
  };
  const failed: ActivityRow = { ...base, what: "Backup error", title: `Backup failed: SRV-${String(index + 1).padStart(2, "0")}, nightly to cloud` };
  if (back === 0) return { ...failed, state: "sending", stateText: "Being sent", ticketId: null, ticketNumber: null };
  if (back === 1 || back === 2) {
    return { ...failed, account: null, state: "waiting", stateText: "Waits: the organization is not mapped", ticketId: null, ticketNumber: null };
  }
  if (back === 4) {
    return {
      ...failed, state: "needs_attention", stateText: "Needs attention", ticketId: null, ticketNumber: null, canRetry: true,
      error: "Autotask refused the ticket: the queue “Backup Monitoring” is not active. Choose another under Options, then retry.",
    };
  }
  if (back === 7) {
    return {
      ...failed, state: "unclear", stateText: "May have arrived: is looked up before it is sent again", ticketId: null, ticketNumber: null,
      error: "The connection was cut before the answer came.", nextAttempt: new Date(Date.now() + 240_000).toISOString(),
    };
  }
  return back % 9 === 0 ? failed : back % 5 === 0 ? { ...base, what: "Backup warning", title: base.title.replace("completed", "completed with warnings") } : base;
}
