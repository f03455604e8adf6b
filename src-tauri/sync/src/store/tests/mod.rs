mod file;
mod intake;
mod postings;
