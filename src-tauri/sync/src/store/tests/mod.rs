mod file;
mod format_1;
mod intake;
mod ledger;
mod ledger_kept;
mod ledger_lines;
mod notes;
mod postings;
