//! A printable statement for one customer: what was measured, how it became units, and what is billed. One
//! HTML page without anything from outside; every text is escaped.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

use super::{Compared, Reconciliation, quantity::grouped, reconcile::Outcome};
use crate::plan;

const STYLE: &str = "\
:root { color-scheme: light; }
body { font: 11pt/1.5 system-ui, sans-serif; color: #1a1a1a; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
p { margin: .25rem 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .35rem .5rem; border-bottom: 1px solid #d0d0d0; vertical-align: top; font-weight: normal; }
td:last-child { text-align: right; font-variant-numeric: tabular-nums; }
tr.result td, tr.result th { font-weight: 600; border-bottom: 2px solid #1a1a1a; }
.mark { border: 1px solid #8a5a00; padding: .1rem .4rem; border-radius: .2rem; color: #8a5a00; }
footer { margin-top: 3rem; font-size: .8rem; color: #595959; }
@media print { body { margin: 0; max-width: none; } }
";

/// The file that could not be written, and why.
#[derive(Debug)]
pub struct NotWritten {
    pub file: PathBuf,
    pub why: io::Error,
}

/// Writes the statement of each customer for whom something was posted into a folder that is there. Says
/// how many.
pub fn write_statements(of: &Reconciliation, folder: &Path) -> Result<usize, NotWritten> {
    let mut names = Vec::new();
    for line in of.lines.iter().filter(|line| line.posted.is_some()) {
        let file = folder.join(file_name(line, of, &mut names));
        if let Err(why) = fs::write(&file, statement(line, of)) {
            return Err(NotWritten { file, why });
        }
    }
    Ok(names.len())
}

/// A whole page.
pub fn statement(line: &Compared, of: &Reconciliation) -> String {
    let zone = jiff::tz::TimeZone::get(&of.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
    let mut page = String::with_capacity(4_096);
    let title = format!("Billable usage, {}", of.invoice_date);
    let _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{}: {}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{}</h1>\n<p>{}</p>\n",
        escaped(&title),
        escaped(&line.organization),
        escaped(&line.organization),
        escaped(&title)
    );

    if let Some(figure) = &line.figure {
        page.push_str("<h2>Measured</h2>\n<table>\n");
        row(
            &mut page,
            "Usage",
            &format!("{} bytes", grouped(u128::from(figure.bytes))),
            false,
        );
        row(
            &mut page,
            "As of",
            &plan::local(figure.measured_at, &zone),
            false,
        );
        page.push_str("</table>\n");
        if let Some(reason) = &figure.by_hand {
            let _ = writeln!(
                page,
                "<p><span class=\"mark\">Entered by hand</span> {}</p>",
                escaped(reason)
            );
        }
    }
    if let Some(sum) = &line.sum {
        page.push_str("<h2>Units</h2>\n<table>\n");
        let last = sum.steps.len().saturating_sub(1);
        for (at, step) in sum.steps.iter().enumerate() {
            row(&mut page, &step.text, &step.value, at == last);
        }
        page.push_str("</table>\n");
    }

    page.push_str("<h2>Billed</h2>\n<table>\n");
    if let Some(place) = &line.place {
        row(
            &mut page,
            "Contract",
            &named(&place.contract_name, place.contract),
            false,
        );
        row(
            &mut page,
            "Service",
            &named(&place.service_name, place.service),
            false,
        );
    }
    if let Some(period) = line.period {
        let days = format!("{} to {}", period.start, period.end);
        row(&mut page, "Billing period", &days, false);
    }
    if let (Some(effective), Some(period)) = (line.effective, line.period)
        && effective != period.start
    {
        row(&mut page, "Effective from", &effective.to_string(), false);
    }
    let numbers = [
        ("Units before", line.before),
        ("Units posted", line.posted),
        ("Units in Autotask now", line.standing),
    ];
    for (what, number) in numbers {
        if let Some(number) = number {
            row(&mut page, what, &units(number), false);
        }
    }
    if let Some(price) = line.unit_price {
        row(&mut page, "Price of a unit", &price.to_string(), false);
    }
    if let Some(amount) = line.amount {
        row(
            &mut page,
            "Amount for the billing period",
            &amount.to_string(),
            true,
        );
    }
    page.push_str("</table>\n");
    if line.amount.is_none() && line.unit_price.is_some() && line.standing.is_some() {
        page.push_str(
            "<p>The units change within the billing period. Autotask's invoice has the amount.</p>\n",
        );
    }
    if line.outcome != Outcome::Agrees {
        let _ = writeln!(
            page,
            "<p><span class=\"mark\">{}</span> {}</p>",
            escaped(line.outcome.label()),
            escaped(&line.message)
        );
    }
    let _ = write!(
        page,
        "<footer>Amounts are in the contract's currency, before tax. Autotask was read on {}.</footer>\n\
         </body>\n</html>\n",
        escaped(&plan::local(of.read_at, &zone))
    );
    page
}

/// A name for the file, made of harmless letters; `taken` are names that are given.
fn file_name(line: &Compared, of: &Reconciliation, taken: &mut Vec<String>) -> String {
    let id: String = line
        .organization_id
        .chars()
        .map(|letter| {
            if letter.is_ascii_alphanumeric() || letter == '-' {
                letter
            } else {
                '_'
            }
        })
        .collect();
    let plain = format!("statement-{}-{id}", of.invoice_date);
    let mut name = format!("{plain}.html");
    let mut number = 2_u32;
    // Also where the folder does not tell capital letters from small ones.
    while taken.iter().any(|other| other.eq_ignore_ascii_case(&name)) {
        name = format!("{plain}-{number}.html");
        number += 1;
    }
    taken.push(name.clone());
    name
}

fn row(page: &mut String, what: &str, value: &str, result: bool) {
    let class = if result { " class=\"result\"" } else { "" };
    let _ = writeln!(
        page,
        "<tr{class}><th scope=\"row\">{}</th><td>{}</td></tr>",
        escaped(what),
        escaped(value)
    );
}

fn named(name: &str, id: i64) -> String {
    if name.is_empty() {
        id.to_string()
    } else {
        format!("{name} ({id})")
    }
}

/// `1234567` as "1,234,567".
fn units(units: i64) -> String {
    let sign = if units < 0 { "-" } else { "" };
    format!("{sign}{}", grouped(u128::from(units.unsigned_abs())))
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' => safe.push_str("<br>"),
            letter if letter.is_control() => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::{Timestamp, civil::date};

    use super::*;
    use crate::billing::{
        Figure, Money, Period, Place,
        quantity::{Rule, sum},
    };
    use crate::settings::{BillingUnit, Rounding};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn reconciliation() -> Reconciliation {
        Reconciliation {
            invoice_date: date(2026, 11, 30),
            at: at("2026-11-30T05:00:00Z"),
            time_zone: "Europe/Berlin".to_owned(),
            read_at: at("2026-12-02T09:30:00Z"),
            lines: Vec::new(),
            totals: BTreeMap::new(),
            calls: 0,
        }
    }

    fn line(organization: &str, reason: Option<&str>) -> Compared {
        let rule = Rule {
            unit: BillingUnit::Gb,
            included: 100,
            rounding: Rounding::Up,
            block: 1,
            minimum: 0,
        };
        let price = Money::from_number(0.05).unwrap();
        Compared {
            organization_id: "org/0001".to_owned(),
            organization: organization.to_owned(),
            place: Some(Place {
                account: 29_683_501,
                account_name: "Contoso".to_owned(),
                contract: 29_683_510,
                contract_name: "Cloud Backup".to_owned(),
                service: 29_683_602,
                service_name: "Cloud storage per GB".to_owned(),
            }),
            outcome: Outcome::ChangedByHand,
            message: "424 units were posted, and 430 stand in Autotask from 2026-12-01.".to_owned(),
            figure: Some(Figure {
                bytes: 523_400_000_000,
                measured_at: at("2026-11-29T22:15:00Z"),
                by_hand: reason.map(str::to_owned),
            }),
            sum: Some(sum(523_400_000_000, &rule)),
            effective: Some(date(2026, 12, 1)),
            period: Some(Period {
                start: date(2026, 12, 1),
                end: date(2026, 12, 31),
            }),
            before: Some(380),
            posted: Some(424),
            posted_at: Some(at("2026-11-30T05:03:00Z")),
            standing: Some(430),
            difference: Some(6),
            unit_price: Some(price),
            amount: Some(price.times(430)),
            worth: Some(price.times(6)),
            line: Some(1),
            state: Some(crate::billing::State::Verified),
            can_correct: false,
        }
    }

    #[test]
    fn a_statement_shows_the_sum_and_what_is_billed() {
        let of = reconciliation();
        insta::assert_snapshot!(statement(
            &line("Contoso & Söhne", Some("agreed on the phone")),
            &of
        ));
    }

    #[test]
    fn nothing_in_a_name_gets_out_of_its_place() {
        let of = reconciliation();
        let nasty = "<script>alert(1)</script>\" onload='x'\u{7}";
        let page = statement(&line(nasty, Some("</style><img src=x>")), &of);
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("<img"), "{page}");
        assert!(!page.contains('\u{7}'));
        assert!(
            page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&#39;x&#39;\u{fffd}")
        );
        let mut taken = Vec::new();
        let names: Vec<String> = (0..2)
            .map(|_| file_name(&line("x", None), &of, &mut taken))
            .collect();
        assert_eq!(
            names,
            [
                "statement-2026-11-30-org_0001.html",
                "statement-2026-11-30-org_0001-2.html"
            ]
        );
    }
}
