/**
 * A stand-in for the app behind the page: answers the commands from made-up data and pushes the
 * events, through the same door as the real one. For work on the page and for its tests.
 */
import type { ActivityPage } from "../src/lib/bindings/ActivityPage";
import type { ActivityQuery } from "../src/lib/bindings/ActivityQuery";
import type { Alerts } from "../src/lib/bindings/Alerts";
import type { AppView } from "../src/lib/bindings/AppView";
import type { AutotaskInput } from "../src/lib/bindings/AutotaskInput";
import type { BillingLine } from "../src/lib/bindings/BillingLine";
import type { BillingOrder } from "../src/lib/bindings/BillingOrder";
import type { CloudDirectInput } from "../src/lib/bindings/CloudDirectInput";
import type { CommandError } from "../src/lib/bindings/CommandError";
import type { ErrorCode } from "../src/lib/bindings/ErrorCode";
import type { ExampleInput } from "../src/lib/bindings/ExampleInput";
import type { MappingInput } from "../src/lib/bindings/MappingInput";
import type { MappingRow } from "../src/lib/bindings/MappingRow";
import type { MeasurementInput } from "../src/lib/bindings/MeasurementInput";
import type { Options } from "../src/lib/bindings/Options";
import type { PauseLength } from "../src/lib/bindings/PauseLength";
import type { StepState } from "../src/lib/bindings/StepState";
import type { TestView } from "../src/lib/bindings/TestView";
import { billingLine, billingView, correctionView, history, reconciliationView } from "./fakeBilling";
import { accounts, activityRow, contractsOf, credentials, mappingRows, notices, optionsView, servicesOf } from "./fakeData";

export type Push = (event: string, payload: unknown) => void;

export function refusal(code: ErrorCode, message: string, field: string | null = null): CommandError {
  return { code, message, field, retryAfter: null };
}

function pausedText(length: PauseLength): string {
  switch (length.kind) {
    case "minutes":
      return "Paused until 15:02";
    case "until_tomorrow":
      return "Paused until 2026-11-24 00:00";
    case "until_resumed":
      return "Paused until resumed";
  }
}

export class FakeApp {
  view: AppView;
  credentials = credentials();
  options = optionsView();
  rows: MappingRow[] = mappingRows();
  billing: BillingLine[] = Array.from({ length: 13 }, (_, index) => billingLine(index));
  activityTotal = 1930;
  /** Every command that was asked, in order, for tests to look at. */
  asked: { command: string; args: Record<string, unknown> }[] = [];
  /** A command that is in here is refused with it. */
  refuse: Record<string, CommandError> = {};
  /** The password that the fake Autotask takes. */
  password = "right";
  private savedPassword = true;
  private readonly push: Push;
  private readonly pace: number;

  constructor(push: Push, { pace = 0 }: { pace?: number } = {}) {
    this.push = push;
    this.pace = pace;
    this.view = {
      version: "0.1.0",
      demo: true,
      unlocked: true,
      status: {
        state: "up_to_date",
        text: "Up to date, last sync 14:02",
        lastSync: "2026-11-23T13:02:00Z",
        pausedUntil: null,
        waiting: 3,
        needsAttention: 2,
        needsReview: 2,
        toApprove: 1,
      },
      billing: null,
      limitations: [],
    };
  }

  /** As on the first start: nothing tested, nothing saved. */
  asNew(): void {
    this.view.unlocked = false;
    this.view.status = { state: "not_set_up", text: "Not set up: test both logins", lastSync: null, pausedUntil: null, waiting: 0, needsAttention: 0, needsReview: 0, toApprove: 0 };
    this.credentials.autotask = { ...this.credentials.autotask, username: "", trackingIdentifier: "", passwordSaved: false, zoneFound: null, testedAt: null };
    this.credentials.cloudDirect = { ...this.credentials.cloudDirect, address: "", tokenSaved: false, testedAt: null };
    this.savedPassword = false;
    this.options.saved = false;
    this.options.options.alerts.jobsSince = null;
    this.activityTotal = 0;
  }

  asRefused(): void {
    this.view.status = { ...this.view.status, state: "login_refused", text: "Login refused by Autotask: test it again" };
    this.credentials.autotask.testedAt = null;
  }

  /** 2,000 customers and a million postings. */
  asBig(): void {
    const some = this.rows;
    this.rows = Array.from({ length: 2000 }, (_, index) => {
      const row = some[index % some.length] as MappingRow;
      return { ...row, organizationId: `org-${index + 1}`, organization: `${row.organization} ${index + 1}` };
    });
    this.billing = Array.from({ length: 2000 }, (_, index) => ({
      ...billingLine(index % 24),
      organizationId: `org-${index + 1}`,
      organization: `${billingLine(index % 24).organization} ${index + 1}`,
    }));
    this.activityTotal = 1_000_000;
  }

  changed(): void {
    this.push("app-changed", structuredClone(this.view));
  }

  private wait(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, this.pace));
  }

  async answer(command: string, args: Record<string, unknown>): Promise<unknown> {
    this.asked.push({ command, args: structuredClone(args) });
    const refused = this.refuse[command];
    if (refused) throw refused;
    const answer = await this.run(command, args);
    return structuredClone(answer);
  }

  private async run(command: string, args: Record<string, unknown>): Promise<unknown> {
    switch (command) {
      case "app_view":
        return this.view;
      case "sync_now":
        this.view.status = { ...this.view.status, state: "working", text: "Sending 3 tickets" };
        this.changed();
        await this.wait();
        this.view.status = { ...this.view.status, state: "up_to_date", text: "Up to date, last sync 14:07", waiting: 0 };
        this.changed();
        this.push("activity-changed", null);
        return null;
      case "pause":
        this.view.status = { ...this.view.status, state: "paused", text: pausedText(args["length"] as PauseLength) };
        this.changed();
        return null;
      case "resume":
        this.view.status = { ...this.view.status, state: "up_to_date", text: "Up to date, last sync 14:02" };
        this.changed();
        return null;
      case "credentials_view":
        return this.credentials;
      case "test_autotask":
        return this.testAutotask(args["input"] as AutotaskInput);
      case "test_cloud_direct":
        return this.testCloudDirect(args["input"] as CloudDirectInput);
      case "choose_folder":
        return "C:\\Exports\\Cloud Direct";
      case "options_view":
        return this.options;
      case "save_options":
        return this.saveOptions(args["options"] as Options);
      case "forecast":
        return this.forecast(args["alerts"] as Alerts);
      case "mappings_view":
        return { rows: this.rows };
      case "search_accounts": {
        await this.wait();
        const text = String(args["text"]).toLowerCase();
        return accounts.filter((account) => account.label.toLowerCase().includes(text)).slice(0, 50);
      }
      case "contracts_of":
        await this.wait();
        return contractsOf(Number(args["account"]));
      case "services_of":
        await this.wait();
        return servicesOf(Number(args["contract"]));
      case "save_mapping":
        await this.wait();
        return this.saveMapping(args["input"] as MappingInput);
      case "suggest_matches":
        await this.wait();
        return this.suggestions();
      case "export_mappings":
        return "C:\\Users\\sam\\Documents\\mappings.csv";
      case "import_mappings":
        return 12;
      case "send_test_ticket":
        await this.wait();
        return this.testTicket(Number(args["account"]));
      case "billing_view":
        await this.wait();
        return billingView(this.billing, (args["invoiceDate"] as string | null) ?? "2026-11-30");
      case "post_billing":
        return this.post(args["order"] as BillingOrder);
      case "read_back_billing":
      case "correct_billing":
        await this.wait();
        this.push("billing-changed", null);
        return { posted: command === "correct_billing" ? 1 : 0, verified: 1, notDone: [], problems: [] };
      case "plan_correction":
        await this.wait();
        return correctionView(this.billing.find((line) => line.record?.id === args["line"]) ?? billingLine(0));
      case "enter_measurement":
        return this.enter(args["input"] as MeasurementInput);
      case "settle_billing":
      case "follow_contract":
        this.push("billing-changed", null);
        return null;
      case "billing_history":
        return history;
      case "reconciliation":
        await this.wait();
        return reconciliationView(this.billing, (args["invoiceDate"] as string | null) ?? "2026-10-31");
      case "export_reconciliation":
        return "C:\\Users\\sam\\Documents\\reconciliation.csv";
      case "save_statement":
        return "C:\\Users\\sam\\Documents\\statement.html";
      case "save_statements":
        return 11;
      case "billing_example":
        return this.example(args["input"] as ExampleInput);
      case "demo_skip":
        return args["to"] === "daily_digest" ? "2026-11-24 07:32" : "2026-12-01 06:01";
      case "activity_view":
        return this.activity(args["query"] as ActivityQuery);
      case "posting_details":
        return `Posting ${String(args["id"])}: Backup error\nState: needs attention`;
      case "export_activity":
        return "C:\\Users\\sam\\Documents\\activity.csv";
      case "retry_posting":
      case "open_ticket":
      case "open_link":
        return null;
      default:
        throw refusal("internal", `The page asked for ${command}, which does not exist.`);
    }
  }

  private async steps(test: TestView, results: { state: StepState; detail: string | null; remedy?: string }[]): Promise<TestView> {
    for (const [index, result] of results.entries()) {
      const step = test.steps[index];
      if (!step) break;
      step.state = "running";
      this.push("test-progress", structuredClone(test));
      await this.wait();
      Object.assign(step, { remedy: null }, result);
      if (result.state === "failed") {
        for (const later of test.steps.slice(index + 1)) later.state = "skipped";
        test.passed = false;
        this.push("test-progress", structuredClone(test));
        return test;
      }
    }
    test.passed = true;
    this.push("test-progress", structuredClone(test));
    return test;
  }

  private blank(service: TestView["service"], titles: string[]): TestView {
    return { service, passed: null, steps: titles.map((title) => ({ title, state: "waiting", detail: null, remedy: null })) };
  }

  private async testAutotask(input: AutotaskInput): Promise<TestView> {
    if (!input.username.includes("@")) {
      throw refusal("invalid_input", "The username is the whole name, such as username@domain.com.", "username");
    }
    const test = this.blank("autotask", [
      "Find the zone",
      "Log in",
      "Rights: create tickets",
      "Rights: companies, contracts and services",
      "Rights: billing",
      "Read priorities and queues",
    ]);
    const right = input.password === null ? this.savedPassword : input.password === this.password;
    const done = await this.steps(test, [
      { state: "passed", detail: "America 3, webservices5.autotask.net" },
      right
        ? { state: "passed", detail: `As ${input.username}` }
        : {
            state: "failed",
            detail: "Autotask refused the username or the password.",
            remedy:
              "Copy the key and the secret of the API user once more; if the secret is lost, generate a new one in Autotask. It was tried once and is not tried again: several wrong logins lock the user.",
          },
      { state: "passed", detail: null },
      { state: "passed", detail: null },
      {
        state: "warning",
        detail: "Contract service adjustments cannot be created.",
        remedy: "Tickets work. For billing, give the security level the right to add contract services, and test again.",
      },
      { state: "passed", detail: "5 priorities, 7 queues" },
    ]);
    if (done.passed) {
      this.savedPassword = true;
      this.credentials.autotask = {
        ...this.credentials.autotask,
        username: input.username,
        trackingIdentifier: input.trackingIdentifier,
        passwordSaved: true,
        testedAt: "2026-11-23T13:05:00Z",
        zoneFound: "https://webservices5.autotask.net",
      };
      this.unlockWhenBoth();
    }
    return done;
  }

  private async testCloudDirect(input: CloudDirectInput): Promise<TestView> {
    const test = this.blank("cloud_direct", ["Reach the portal", "Log in", "Read customers", "Read finished jobs"]);
    const done = await this.steps(test, [
      { state: "passed", detail: input.address || input.folder },
      { state: "passed", detail: "Northwind Backup Partners" },
      { state: "passed", detail: "24 customers" },
      { state: "passed", detail: "1,930 in the last 30 days" },
    ]);
    this.credentials.cloudDirect = { ...this.credentials.cloudDirect, ...input, tokenSaved: true, testedAt: "2026-11-23T13:06:00Z" };
    this.unlockWhenBoth();
    return done;
  }

  private unlockWhenBoth(): void {
    if (!this.credentials.autotask.testedAt || !this.credentials.cloudDirect.testedAt) return;
    this.view.unlocked = true;
    if (this.view.status.state === "not_set_up") this.view.status.text = "Not set up: save the options";
    this.changed();
  }

  private saveOptions(options: Options): unknown {
    const gone = this.options.queues.find((queue) => queue.id === options.alerts.error.queue && !queue.active);
    if (options.alerts.error.enabled && gone) {
      throw refusal("invalid_input", `The queue “${gone.label}” is no longer active in Autotask. Choose another.`, "alerts.error.queue");
    }
    this.options = { ...this.options, saved: true, options: structuredClone(options) };
    this.options.options.alerts.jobsSince ??= "2026-11-23T13:07:00Z";
    if (this.view.status.state === "not_set_up") {
      this.view.status = { ...this.view.status, state: "up_to_date", text: "Up to date, last sync 14:07" };
      this.changed();
    }
    return this.options;
  }

  private async post(order: BillingOrder): Promise<unknown> {
    const asked = order.lines.map((chosen) => chosen.organizationId);
    for (const [done, id] of asked.entries()) {
      this.view.billing = { text: `Posting usage: ${done} done, ${asked.length - done} left`, done, left: asked.length - done };
      this.changed();
      await this.wait();
      this.billing = this.billing.map((line) =>
        line.organizationId === id
          ? { ...line, unitsNow: line.unitsToBe, change: 0, worth: "0.00", canPost: false, group: "done", state: "verified", stateText: "verified", why: null }
          : line,
      );
    }
    this.view.billing = null;
    this.changed();
    this.push("billing-changed", null);
    return { posted: asked.length, verified: asked.length, notDone: [], problems: [] };
  }

  private enter(input: MeasurementInput): null {
    this.billing = this.billing.map((line) =>
      line.organizationId === input.organizationId
        ? { ...line, figure: { bytes: input.bytes, measuredAt: "2026-11-30T11:00:00Z", byHand: input.reason } }
        : line,
    );
    this.push("billing-changed", null);
    return null;
  }

  private example({ billing }: ExampleInput): unknown {
    if (billing.block < 1) throw refusal("invalid_input", "1 to 1000000 units.", "billing.block");
    const period = billing.effective === "closes" ? { start: "2026-11-01", end: "2026-11-30" } : { start: "2026-12-01", end: "2026-12-31" };
    return {
      invoiceDate: "2026-12-01",
      period,
      steps: [
        { text: "523,400,000,000 bytes are", value: "523.4 GB" },
        { text: "rounded to nearest", value: "523" },
      ],
    };
  }

  private forecast(alerts: Alerts): unknown {
    const counts = { success: 1889, warning: 30, error: 11 };
    const tickets =
      (alerts.success.enabled ? counts.success : 0) +
      (alerts.warning.enabled ? counts.warning : 0) +
      (alerts.error.enabled ? counts.error : 0);
    return { days: 30, ...counts, tickets };
  }

  private saveMapping(input: MappingInput): MappingRow {
    const index = this.rows.findIndex((row) => row.organizationId === input.organizationId);
    const before = this.rows[index];
    if (!before) throw refusal("not_found", "This customer no longer exists.");
    const find = <T extends { id: number }>(list: T[], id: number | null): T | null => list.find((each) => each.id === id) ?? null;
    const account = find(accounts, input.account);
    const contract = account && find(contractsOf(account.id), input.contract);
    const service = contract && find(servicesOf(contract.id), input.service);
    const row: MappingRow = {
      ...before,
      account,
      contract,
      service,
      excluded: input.excluded,
      state: input.excluded !== null ? "excluded" : !account ? "not_mapped" : service ? "mapped" : "tickets_only",
      note: null,
      waiting: account ? 0 : before.waiting,
    };
    this.rows[index] = row;
    return row;
  }

  private suggestions(): unknown {
    return this.rows
      .filter((row) => row.state === "not_mapped")
      .map((row, index) => ({
        organizationId: row.organizationId,
        organization: row.organization,
        account: accounts.find((account) => account.label.split(" ")[0] === row.organization.split(" ")[0]) ?? accounts[index],
        score: Math.max(52, 100 - index * 9),
        reason: index === 0 ? "same name" : index < 3 ? "same name but for Ltd" : "similar name",
      }));
  }

  private testTicket(id: number): unknown {
    const account = accounts.find((each) => each.id === id)?.label ?? "";
    return {
      id: 18231,
      number: "T20261123.0042",
      account,
      fields: [
        { label: "Title", value: "Test ticket from Autotask Integration" },
        { label: "Account", value: account },
        { label: "Priority", value: "High" },
        { label: "Queue", value: "Backup Monitoring" },
        { label: "Status", value: "New" },
        { label: "Due", value: "2026-11-24 17:00" },
      ],
      warnings: ["The queue came back as “Triage” instead of “Backup Monitoring”: a workflow rule in Autotask has moved the ticket."],
    };
  }

  private activity(query: ActivityQuery): ActivityPage {
    const rows = [];
    let more = false;
    for (let id = query.before === null ? this.activityTotal : query.before - 1; id > 0; id--) {
      const row = activityRow(id, this.activityTotal);
      const counts =
        query.filter === "all" ||
        (query.filter === "sent" && row.state === "done") ||
        (query.filter === "waiting" && (row.state === "waiting" || row.state === "sending")) ||
        (query.filter === "needs_attention" && (row.state === "needs_attention" || row.state === "unclear"));
      const text = [row.organization, row.title, row.ticketNumber, row.error].join(" ").toLowerCase();
      if (!counts || !text.includes(query.search.toLowerCase())) continue;
      if (rows.length === query.limit) {
        more = true;
        break;
      }
      rows.push(row);
    }
    const total = this.activityTotal;
    return {
      rows,
      total,
      sent: Math.max(0, total - 7),
      waiting: Math.min(total, 3),
      needsAttention: Math.min(total, 4),
      more,
      notices: total > 0 ? notices : [],
    };
  }
}
