/**
 * The only door between the page and the app: nothing else imports `@tauri-apps`.
 *
 * Every command answers or throws a `Refusal`, which carries the `CommandError` that crossed.
 * Events carry whole views, or say that a view is to be asked for again.
 */
import { invoke } from "@tauri-apps/api/core";
import { listen } from "@tauri-apps/api/event";
import type { ActivityPage } from "./bindings/ActivityPage";
import type { ActivityQuery } from "./bindings/ActivityQuery";
import type { Alerts } from "./bindings/Alerts";
import type { AppView } from "./bindings/AppView";
import type { AutotaskInput } from "./bindings/AutotaskInput";
import type { BillingExample } from "./bindings/BillingExample";
import type { BillingOrder } from "./bindings/BillingOrder";
import type { BillingResult } from "./bindings/BillingResult";
import type { BillingView } from "./bindings/BillingView";
import type { Choice } from "./bindings/Choice";
import type { CloudDirectInput } from "./bindings/CloudDirectInput";
import type { CommandError } from "./bindings/CommandError";
import type { CorrectionView } from "./bindings/CorrectionView";
import type { CredentialsView } from "./bindings/CredentialsView";
import type { DemoTarget } from "./bindings/DemoTarget";
import type { ExampleInput } from "./bindings/ExampleInput";
import type { ForecastView } from "./bindings/ForecastView";
import type { HistoryRow } from "./bindings/HistoryRow";
import type { MappingInput } from "./bindings/MappingInput";
import type { MappingRow } from "./bindings/MappingRow";
import type { MappingsView } from "./bindings/MappingsView";
import type { MeasurementInput } from "./bindings/MeasurementInput";
import type { Options } from "./bindings/Options";
import type { OptionsView } from "./bindings/OptionsView";
import type { PauseLength } from "./bindings/PauseLength";
import type { ReconciliationView } from "./bindings/ReconciliationView";
import type { ScreenName } from "./bindings/ScreenName";
import type { Suggestion } from "./bindings/Suggestion";
import type { TestTicketView } from "./bindings/TestTicketView";
import type { TestView } from "./bindings/TestView";

/** A command that was refused. `error.code` says what the page does about it. */
export class Refusal extends Error {
  readonly error: CommandError;

  constructor(error: CommandError) {
    super(error.message);
    this.name = "Refusal";
    this.error = error;
  }
}

/** What went wrong, as it crossed; anything else that was thrown counts as `internal`. */
export function errorOf(thrown: unknown): CommandError {
  if (thrown instanceof Refusal) return thrown.error;
  return {
    code: "internal",
    message: `Something went wrong inside the app: ${thrown instanceof Error ? thrown.message : String(thrown)}. Close and open the window, and try again.`,
    field: null,
    retryAfter: null,
  };
}

function isCommandError(thrown: unknown): thrown is CommandError {
  return typeof thrown === "object" && thrown !== null && "code" in thrown && "message" in thrown;
}

async function call<T>(command: string, args: Record<string, unknown> = {}): Promise<T> {
  try {
    return await invoke<T>(command, args);
  } catch (thrown) {
    throw new Refusal(isCommandError(thrown) ? thrown : errorOf(thrown));
  }
}

/** Listens until the returned function is called, also when that is before listening began. */
function on<T>(event: string, then: (payload: T) => void): () => void {
  let ended = false;
  let stop: (() => void) | undefined;
  void listen<T>(event, ({ payload }) => {
    if (!ended) then(payload);
  }).then((unlisten) => {
    if (ended) unlisten();
    else stop = unlisten;
  });
  return () => {
    ended = true;
    stop?.();
  };
}

/** The pages on the web that the app may open: the address is known to the app alone. */
export type HelpLink = "api_user_help";

export const ipc = {
  appView: () => call<AppView>("app_view"),
  syncNow: () => call<void>("sync_now"),
  pause: (length: PauseLength) => call<void>("pause", { length }),
  resume: () => call<void>("resume"),
  /** The answer is what time it is in the demo now. */
  demoSkip: (to: DemoTarget) => call<string>("demo_skip", { to }),

  credentialsView: () => call<CredentialsView>("credentials_view"),
  testAutotask: (input: AutotaskInput) => call<TestView>("test_autotask", { input }),
  testCloudDirect: (input: CloudDirectInput) => call<TestView>("test_cloud_direct", { input }),
  chooseFolder: () => call<string | null>("choose_folder"),

  optionsView: () => call<OptionsView>("options_view"),
  saveOptions: (options: Options) => call<OptionsView>("save_options", { options }),
  forecast: (alerts: Alerts) => call<ForecastView>("forecast", { alerts }),

  mappingsView: () => call<MappingsView>("mappings_view"),
  searchAccounts: (text: string) => call<Choice[]>("search_accounts", { text }),
  contractsOf: (account: number) => call<Choice[]>("contracts_of", { account }),
  servicesOf: (contract: number) => call<Choice[]>("services_of", { contract }),
  saveMapping: (input: MappingInput) => call<MappingRow>("save_mapping", { input }),
  suggestMatches: () => call<Suggestion[]>("suggest_matches"),
  exportMappings: () => call<string | null>("export_mappings"),
  importMappings: () => call<number | null>("import_mappings"),
  sendTestTicket: (account: number) => call<TestTicketView>("send_test_ticket", { account }),

  /** `null`: the invoice date that is meant now. */
  billingView: (invoiceDate: string | null) => call<BillingView>("billing_view", { invoiceDate }),
  postBilling: (order: BillingOrder) => call<BillingResult>("post_billing", { order }),
  readBackBilling: () => call<BillingResult>("read_back_billing"),
  settleBilling: (line: number, reason: string) => call<void>("settle_billing", { line, reason }),
  enterMeasurement: (input: MeasurementInput) => call<void>("enter_measurement", { input }),
  planCorrection: (line: number) => call<CorrectionView>("plan_correction", { line }),
  correctBilling: (line: number) => call<BillingResult>("correct_billing", { line }),
  followContract: (organizationId: string) => call<void>("follow_contract", { organizationId }),
  billingHistory: (line: number) => call<HistoryRow[]>("billing_history", { line }),
  reconciliation: (invoiceDate: string | null) => call<ReconciliationView>("reconciliation", { invoiceDate }),
  exportReconciliation: (invoiceDate: string) => call<string | null>("export_reconciliation", { invoiceDate }),
  saveStatement: (invoiceDate: string, organizationId: string) =>
    call<string | null>("save_statement", { invoiceDate, organizationId }),
  saveStatements: (invoiceDate: string) => call<number | null>("save_statements", { invoiceDate }),
  billingExample: (input: ExampleInput) => call<BillingExample>("billing_example", { input }),

  activityView: (query: ActivityQuery) => call<ActivityPage>("activity_view", { query }),
  retryPosting: (id: number) => call<void>("retry_posting", { id }),
  postingDetails: (id: number) => call<string>("posting_details", { id }),
  exportActivity: () => call<string | null>("export_activity"),
  openTicket: (ticketId: number) => call<void>("open_ticket", { ticketId }),
  openLink: (link: HelpLink) => call<void>("open_link", { link }),

  onAppChanged: (then: (view: AppView) => void) => on<AppView>("app-changed", then),
  onShowScreen: (then: (screen: ScreenName) => void) => on<ScreenName>("show-screen", then),
  onTestProgress: (then: (view: TestView) => void) => on<TestView>("test-progress", then),
  onMappingsChanged: (then: () => void) => on<null>("mappings-changed", then),
  onBillingChanged: (then: () => void) => on<null>("billing-changed", then),
  onActivityChanged: (then: () => void) => on<null>("activity-changed", then),
};
