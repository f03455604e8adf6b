//! The Billing screen.

use jiff::civil::Date;
use sync::billing::Order;
use tauri::State;

use super::Answer;
use crate::controller::{BillingJob, BillingRequest, Handle, Request};
use crate::view::{
    BillingExample, BillingOrder, BillingResult, BillingView, CorrectionView, ExampleInput,
    HistoryRow, MeasurementInput, ReconciliationView, day,
};

fn date(text: &str) -> Answer<Date> {
    day("invoiceDate", text)
}

fn date_if_given(text: Option<String>) -> Answer<Option<Date>> {
    text.as_deref().map(date).transpose()
}

#[tauri::command]
pub async fn billing_view(
    controller: State<'_, Handle>,
    invoice_date: Option<String>,
) -> Answer<BillingView> {
    let date = date_if_given(invoice_date)?;
    controller
        .ask(|reply| Request::Billing(BillingRequest::View(date, reply)))
        .await
}

#[tauri::command]
pub async fn post_billing(
    controller: State<'_, Handle>,
    order: BillingOrder,
) -> Answer<BillingResult> {
    let job = BillingJob::Post(Order::try_from(order)?);
    controller
        .ask(|reply| Request::Billing(BillingRequest::Run(job, reply)))
        .await
}

#[tauri::command]
pub async fn read_back_billing(controller: State<'_, Handle>) -> Answer<BillingResult> {
    controller
        .ask(|reply| Request::Billing(BillingRequest::Run(BillingJob::ReadBack, reply)))
        .await
}

#[tauri::command]
pub async fn settle_billing(
    controller: State<'_, Handle>,
    line: i64,
    reason: String,
) -> Answer<()> {
    controller
        .ask(|reply| {
            Request::Billing(BillingRequest::Settle {
                line,
                reason,
                reply,
            })
        })
        .await
}

#[tauri::command]
pub async fn enter_measurement(
    controller: State<'_, Handle>,
    input: MeasurementInput,
) -> Answer<()> {
    let date = date(&input.invoice_date)?;
    controller
        .ask(|reply| Request::Billing(BillingRequest::Enter(input, date, reply)))
        .await
}

#[tauri::command]
pub async fn plan_correction(controller: State<'_, Handle>, line: i64) -> Answer<CorrectionView> {
    controller
        .ask(|reply| Request::Billing(BillingRequest::PlanCorrection(line, reply)))
        .await
}

#[tauri::command]
pub async fn correct_billing(controller: State<'_, Handle>, line: i64) -> Answer<BillingResult> {
    controller
        .ask(|reply| Request::Billing(BillingRequest::Run(BillingJob::Correct(line), reply)))
        .await
}

#[tauri::command]
pub async fn follow_contract(controller: State<'_, Handle>, organization_id: String) -> Answer<()> {
    controller
        .ask(|reply| Request::Billing(BillingRequest::Follow(organization_id, reply)))
        .await
}

#[tauri::command]
pub async fn billing_history(controller: State<'_, Handle>, line: i64) -> Answer<Vec<HistoryRow>> {
    controller
        .ask(|reply| Request::Billing(BillingRequest::History(line, reply)))
        .await
}

#[tauri::command]
pub async fn reconciliation(
    controller: State<'_, Handle>,
    invoice_date: Option<String>,
) -> Answer<ReconciliationView> {
    let date = date_if_given(invoice_date)?;
    controller
        .ask(|reply| Request::Billing(BillingRequest::Reconcile(date, reply)))
        .await
}

#[tauri::command]
pub async fn export_reconciliation(
    controller: State<'_, Handle>,
    invoice_date: String,
) -> Answer<Option<String>> {
    let date = date(&invoice_date)?;
    controller
        .ask(|reply| Request::Billing(BillingRequest::Export(date, reply)))
        .await
}

#[tauri::command]
pub async fn save_statement(
    controller: State<'_, Handle>,
    invoice_date: String,
    organization_id: String,
) -> Answer<Option<String>> {
    let date = date(&invoice_date)?;
    controller
        .ask(|reply| {
            Request::Billing(BillingRequest::Statement {
                date,
                organization: organization_id,
                reply,
            })
        })
        .await
}

#[tauri::command]
pub async fn save_statements(
    controller: State<'_, Handle>,
    invoice_date: String,
) -> Answer<Option<u32>> {
    let date = date(&invoice_date)?;
    controller
        .ask(|reply| Request::Billing(BillingRequest::Statements(date, reply)))
        .await
}

#[tauri::command]
pub async fn billing_example(
    controller: State<'_, Handle>,
    input: ExampleInput,
) -> Answer<BillingExample> {
    controller
        .ask(|reply| Request::Billing(BillingRequest::Example(Box::new(input), reply)))
        .await
}
