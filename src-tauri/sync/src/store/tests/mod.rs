mod file;
mod format_1;
mod intake;
mod ledger;
mod postings;
