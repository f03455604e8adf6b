//! What the page may call. Each command checks what the page cannot be trusted with, hands over
//! to the controller and waits.
//!
//! A command works only when `permissions/app.toml` has it and the capability in
//! `tauri.conf.json` lists it; a test keeps the three in step.

mod activity;
mod app;
mod billing;
mod credentials;
mod mappings;
mod options;

use crate::view::CommandError;

type Answer<T> = Result<T, CommandError>;

macro_rules! commands {
    ($($module:ident::$name:ident),+ $(,)?) => {
        /// The names of all commands.
        pub const NAMES: &[&str] = &[$(stringify!($name)),+];

        pub fn handler<R: tauri::Runtime>()
        -> impl Fn(tauri::ipc::Invoke<R>) -> bool + Send + Sync + 'static {
            tauri::generate_handler![$($module::$name),+]
        }
    };
}

commands![
    app::app_view,
    app::open_link,
    app::sync_now,
    app::pause,
    app::resume,
    app::demo_skip,
    credentials::credentials_view,
    credentials::test_autotask,
    credentials::test_cloud_direct,
    credentials::choose_folder,
    options::options_view,
    options::save_options,
    options::forecast,
    mappings::mappings_view,
    mappings::search_accounts,
    mappings::contracts_of,
    mappings::services_of,
    mappings::save_mapping,
    mappings::suggest_matches,
    mappings::export_mappings,
    mappings::import_mappings,
    mappings::send_test_ticket,
    billing::billing_view,
    billing::post_billing,
    billing::read_back_billing,
    billing::settle_billing,
    billing::enter_measurement,
    billing::plan_correction,
    billing::correct_billing,
    billing::follow_contract,
    billing::billing_history,
    billing::reconciliation,
    billing::export_reconciliation,
    billing::save_statement,
    billing::save_statements,
    billing::billing_example,
    activity::activity_view,
    activity::retry_posting,
    activity::posting_details,
    activity::export_activity,
    activity::open_ticket,
];
