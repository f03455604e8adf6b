//! `test-ticket`: one real ticket, and how Autotask stored it.

use sync::connect;
use sync::test_ticket::{self, TestTicketError};

use super::{Run, print, stopped, unless_stopped};
use crate::outcome::{Exit, Failure};
use crate::secrets::Name;
use crate::view::TestTicketView;

pub async fn run(run: &Run, account: i64) -> Result<Exit, Failure> {
    let store = run.open_store()?;
    run.log_to_file();
    run.configured(&store)?;
    super::may_send(&store)?;
    let password = run.secret(&run.vault(), Name::AutotaskPassword).await?;
    let work = async {
        let client = connect::connect_autotask(&store, &password)
            .await
            .map_err(super::sync::cannot_connect)?;
        test_ticket::send(&store, &client, account, &*run.clock)
            .await
            .map_err(not_sent)
    };
    let ticket = unless_stopped(work).await.ok_or_else(stopped)??;
    let view = TestTicketView::from(ticket);
    if run.json {
        print::json(&view);
    } else {
        print::line(&format!("Ticket {} for {}", view.number, view.account));
        for field in &view.fields {
            let value = field.value.replace('\n', "\n    ");
            print::line(&format!("  {}: {value}", field.label));
        }
        for warning in &view.warnings {
            print::message(&format!("Warning: {warning}"));
        }
    }
    Ok(if view.warnings.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}

fn not_sent(error: TestTicketError) -> Failure {
    match error {
        TestTicketError::OptionsNotSaved
        | TestTicketError::RowBlocked(_)
        | TestTicketError::UnknownAccount(_)
        | TestTicketError::InactiveAccount(_) => Failure::usage(error),
        TestTicketError::LoginRefused { .. } => Failure::login_refused(error),
        TestTicketError::Busy
        | TestTicketError::Unclear(_)
        | TestTicketError::NotReadBack { .. }
        | TestTicketError::Autotask(_)
        | TestTicketError::Store(_) => Failure::attention(error),
    }
}
