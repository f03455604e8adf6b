//! What happens in Cloud Direct and in Autotask.

use std::{fmt::Write as _, fs};

use cloud_direct::{JobKind, Outcome};
use jiff::SignedDuration;
use simulator::Job;

use crate::{
    computer::Origin,
    history::{InAutotask, InCloudDirect},
    partner::{Checked, Partner, id},
};

impl Partner {
    pub(super) fn in_cloud_direct(&mut self, what: InCloudDirect) {
        let portal = self.simulator.cloud_direct();
        match what {
            InCloudDirect::Jobs {
                count,
                organization,
                kind,
                outcome,
                minutes_ago,
            } => {
                let ended = self.simulator.now() - SignedDuration::from_mins(minutes_ago);
                for _ in 0..count {
                    let number = self.jobs.len();
                    let organization = self.organizations[organization].clone();
                    let job = version(new_job(number, organization, kind, ended), outcome, 0);
                    self.jobs.push(job.clone());
                    assert!(portal.put_job(job));
                }
            }
            InCloudDirect::Change {
                job,
                outcome,
                minutes_later,
            } => {
                let Some(number) = job.checked_rem(self.jobs.len()) else {
                    return;
                };
                let mut job = self.jobs[number].clone();
                if job.finished_at.is_none() {
                    // What ran until now did not end long ago: the app looks back a week.
                    let days_ago = self.simulator.now() - SignedDuration::from_hours(6 * 24);
                    job.started_at = job.started_at.max(Some(days_ago));
                }
                let job = version(job, outcome, minutes_later);
                self.jobs[number] = job.clone();
                assert!(portal.put_job(job));
            }
            InCloudDirect::Export { chosen } => {
                self.export(|number| chosen >> (number % 62) & 1 == 1);
            }
            InCloudDirect::Rename { organization } => {
                let organization = &self.organizations[organization];
                let mut listed = portal.organizations().into_iter();
                let mut one = listed.find(|one| one.id == *organization).unwrap();
                one.name.push('+');
                portal.put_organization(one);
            }
            InCloudDirect::Forbid {
                organization,
                forbidden,
            } => portal.set_forbidden(&self.organizations[organization], forbidden),
            InCloudDirect::Token { fits } => {
                let token = &self.simulator.logins().token;
                portal.set_token(if fits { token } else { "another" });
            }
        }
    }

    /// A file with these jobs, the newest first, if there is a folder for it.
    pub fn export(&mut self, chosen: impl Fn(usize) -> bool) {
        let Origin::Folder(folder) = &self.origin else {
            return;
        };
        let mut lines = String::new();
        for (number, job) in self.jobs.iter().enumerate().rev() {
            if !chosen(number) {
                continue;
            }
            let mut line = serde_json::to_value(job).unwrap();
            let fields = line.as_object_mut().unwrap();
            for (name, column) in [("id", "job_id"), ("organization_id", "organization")] {
                let value = fields.remove(name).unwrap();
                fields.insert(column.to_owned(), value);
            }
            writeln!(lines, "{line}").unwrap();
        }
        self.exports += 1;
        let name = format!("jobs-{:03}.jsonl", self.exports);
        fs::write(folder.path().join(name), lines).unwrap();
    }

    pub(super) async fn in_autotask(&mut self, what: InAutotask) -> Checked {
        let tenant = self.simulator.autotask();
        match what {
            InAutotask::Queue { queue, active } => {
                let queue = &self.queues[queue % self.queues.len()];
                tenant.set_queue_active(id(queue), active);
            }
            InAutotask::Priority { priority, active } => {
                let priority = &self.priorities[priority % self.priorities.len()];
                tenant.set_priority_active(id(priority), active);
            }
            InAutotask::Account { account, active } => {
                let account = self.accounts[account % self.accounts.len()];
                tenant.set_company_active(account, active);
            }
            InAutotask::Rights { query, create } => {
                tenant.set_rights("Tickets", query, create, true);
            }
            InAutotask::Locked { locked } => tenant.set_user_locked(locked),
            InAutotask::Password { fits } => {
                let password = &self.simulator.logins().password;
                tenant.set_password(if fits { password } else { "another" });
            }
            InAutotask::HideKeys => self.hide_keys().await?,
            InAutotask::ShowKeys => self.keys_are_hidden(false),
        }
        Ok(())
    }

    /// Each computer's test ticket has to show it, or tickets without any key would be made meanwhile.
    async fn hide_keys(&mut self) -> Checked {
        // What arrives only now would lose its key, and nobody could tell whose it is.
        if !self.on_its_way.is_empty() {
            return Ok(());
        }
        self.simulator.faults().clear();
        self.keys_are_hidden(true);
        for computer in 0..self.computers.len() {
            if !self.test_ticket(computer, None).await? {
                self.keys_are_hidden(false);
            }
        }
        Ok(())
    }

    pub fn keys_are_hidden(&self, hidden: bool) {
        let tenant = self.simulator.autotask();
        let mut choices = tenant.choices();
        choices.external_id_hidden = hidden && !self.shape.overwritten;
        choices.external_id_overwritten = hidden && self.shape.overwritten;
        tenant.set_choices(choices);
    }
}

fn new_job(number: usize, organization: String, kind: JobKind, ended: jiff::Timestamp) -> Job {
    Job {
        id: format!("job-{number}"),
        organization_id: organization,
        system: format!("SRV-{}", number % 3),
        task: (!number.is_multiple_of(4)).then(|| "Nightly".to_owned()),
        kind: match kind {
            JobKind::Backup => simulator::JobKind::Backup,
            JobKind::Restore => simulator::JobKind::Restore,
            JobKind::Replication => simulator::JobKind::Replication,
            JobKind::Other => simulator::JobKind::Other,
        },
        status: String::new(),
        started_at: Some(ended - SignedDuration::from_mins(20)),
        finished_at: Some(ended),
        bytes_processed: Some(1_000_000 * number as u64),
        bytes_transferred: None,
        warning_count: 0,
        error_count: 0,
        message: None,
        outcome: simulator::Outcome::NotFinished,
    }
}

/// The job as it is shown with such an outcome.
fn version(mut job: Job, outcome: Outcome, minutes_later: i64) -> Job {
    let ended = job.finished_at.or(job.started_at).unwrap();
    job.finished_at = Some(ended + SignedDuration::from_mins(minutes_later));
    (job.status, job.outcome) = match outcome {
        Outcome::Success => ("finished".to_owned(), simulator::Outcome::Success),
        Outcome::Warning => ("canceled".to_owned(), simulator::Outcome::Warning),
        Outcome::Error => ("failed".to_owned(), simulator::Outcome::Error),
        Outcome::NotFinished => {
            job.finished_at = None;
            ("active".to_owned(), simulator::Outcome::NotFinished)
        }
    };
    let told = format!("{}: {} of {}", job.status, job.id, job.organization_id);
    job.message = (outcome > Outcome::Success).then_some(told);
    job
}
