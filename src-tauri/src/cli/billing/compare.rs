//! `billing reconcile`: on the terminal, as CSV, or as a statement for each customer.

use std::fs::{self, File};
use std::io::BufWriter;
use std::path::Path;

use jiff::civil::Date;
use sync::billing::{self, NotWritten, Outcome, Reconciliation};

use super::{looking, no_preview, print};
use crate::cli::Run;
use crate::outcome::{Exit, Failure};

pub async fn reconcile(
    run: &Run,
    date: Option<Date>,
    csv: Option<&Path>,
    html: Option<&Path>,
) -> Result<Exit, Failure> {
    let (store, client) = looking(run).await?;
    let now = run.clock.now();
    let date = match date {
        Some(date) => date,
        None => billing::last_date(&store, now).map_err(Failure::attention)?,
    };
    let compared = billing::reconcile(&store, &client, date, now)
        .await
        .map_err(no_preview)?;
    if let Some(file) = csv {
        write_csv(&compared, file)?;
    }
    if let Some(folder) = html {
        let written = write_statements(&compared, folder)?;
        print::message(&format!(
            "{written} statements are in {}.",
            folder.display()
        ));
    }
    if run.json {
        print::json(&compared);
    } else {
        tell(&compared);
    }
    let bad = compared.lines.iter().any(|line| line.outcome.is_bad());
    Ok(if bad { Exit::Attention } else { Exit::Done })
}

fn not_written(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::attention(format!("{} cannot be written: {error}.", path.display()))
}

fn write_csv(compared: &Reconciliation, file: &Path) -> Result<(), Failure> {
    let target = File::create(file).map_err(|error| not_written(file, &error))?;
    billing::export_csv(compared, BufWriter::new(target)).map_err(|error| not_written(file, &error))
}

/// Of each customer for whom something was posted. Says how many.
fn write_statements(compared: &Reconciliation, folder: &Path) -> Result<usize, Failure> {
    fs::create_dir_all(folder).map_err(|error| not_written(folder, &error))?;
    billing::write_statements(compared, folder)
        .map_err(|NotWritten { file, why }| not_written(&file, &why))
}

fn tell(compared: &Reconciliation) {
    fn text<T: ToString>(value: Option<T>) -> String {
        value.map(|value| value.to_string()).unwrap_or_default()
    }
    print::line(&format!("Invoice date {}", compared.invoice_date));
    let rows: Vec<[String; 6]> = compared
        .lines
        .iter()
        .map(|line| {
            [
                line.organization.clone(),
                text(line.figure.as_ref().map(|figure| figure.bytes)),
                text(line.posted),
                text(line.standing),
                line.outcome.label().to_owned(),
                line.message.clone(),
            ]
        })
        .collect();
    print::table(
        ["CUSTOMER", "BYTES", "POSTED", "STANDS", "OUTCOME", "WHY"],
        &rows,
    );
    let totals: Vec<String> = compared
        .totals
        .iter()
        .map(|(outcome, count): (&Outcome, &u64)| format!("{count} {}", outcome.label()))
        .collect();
    print::line(&totals.join(", "));
}
