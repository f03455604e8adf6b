//! What a person does at the app, and what happens to a computer.

use std::{cell::Cell, time::Duration};

use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use sync::{activity, mapping, pause::Length, test_ticket};

use crate::{
    computer::{self, End},
    history::{AtComputer, InMapping, InOptions, ZONES},
    partner::{Checked, Partner, ensure, entry, id},
    reference::Stage,
};

/// There is none with this id.
const NO_SUCH_ACCOUNT: i64 = 99_999_999;

impl Partner {
    pub(super) fn in_options(&mut self, what: InOptions) {
        let mut since: Option<Timestamp> = None;
        match what {
            InOptions::Save => self.saved = true,
            InOptions::Switch { row, on } => self.options.row_mut(row).on = on,
            InOptions::Choose {
                row,
                priority,
                queue,
                by_label,
            } => {
                let (priorities, queues) = (&self.priorities, &self.queues);
                let chosen = self.options.row_mut(row);
                chosen.priority = priority.map(|at| id(&priorities[at % priorities.len()]));
                chosen.queue = queue.map(|at| id(&queues[at % queues.len()]));
                self.by_label.retain(|other| *other != row.name());
                self.by_label.extend(by_label.then(|| row.name()));
            }
            InOptions::DaysDue { row, days } => self.options.row_mut(row).days_due = days,
            InOptions::DigestTime { hour } => {
                self.options.digest_time = civil::time(hour, 0, 0, 0);
            }
            InOptions::DigestWithoutJobs { on } => self.options.digest_without_jobs = on,
            InOptions::Since { hours_ago } => {
                since = Some(self.simulator.now() - SignedDuration::from_hours(hours_ago));
            }
            InOptions::Zone { zone } => self.set_zone(ZONES[zone]),
        }
        // They stay on the screen until they are saved for the first time.
        if self.saved {
            self.save_options(since);
        }
    }

    fn set_zone(&mut self, zone: &str) {
        self.zone = TimeZone::get(zone).unwrap();
        for computer in &mut self.computers {
            let mut general = computer.store().settings().unwrap().general;
            general.time_zone = zone.to_owned();
            computer.store().save_general(&general).unwrap();
            computer.book.set_zone(self.zone.clone());
        }
    }

    pub(super) fn in_mapping(&mut self, organization: usize, change: InMapping) {
        let organization = self.organizations[organization].clone();
        let customer = self.customers.entry(organization.clone()).or_default();
        match change {
            InMapping::Account(at) => {
                customer.account = Some(self.accounts[at % self.accounts.len()]);
            }
            InMapping::NoSuchAccount => customer.account = Some(NO_SUCH_ACCOUNT),
            InMapping::NoAccount => customer.account = None,
            InMapping::Excluded(excluded) => customer.excluded = excluded,
        }
        for computer in &mut self.computers {
            computer.book.set_customer(&organization, *customer);
            let (store, now) = (computer.store(), computer.now());
            let entry = entry(&organization, *customer);
            if !computer.book.knows(&organization) {
                store.apply_mappings(&[entry], now).unwrap();
                continue;
            }
            let input = mapping::Input {
                organization_id: entry.organization,
                account: entry.account,
                excluded: entry.excluded,
                ..mapping::Input::default()
            };
            mapping::save(store, &input, &mapping::Names::default(), now).unwrap();
        }
    }

    pub(super) async fn at_computer(&mut self, computer: usize, what: AtComputer) -> Checked {
        match what {
            AtComputer::Pass(end) => self.pass(computer, end).await?,
            AtComputer::Passes { count, minutes } => {
                for _ in 0..count {
                    self.pass(computer, End::ByItself).await?;
                    self.sleep(minutes)?;
                }
            }
            AtComputer::Pause(minutes) => {
                let computer = &self.computers[computer];
                let length = minutes.map_or(Length::UntilResumed, Length::Minutes);
                computer.store().pause(length, computer.now()).unwrap();
            }
            AtComputer::Resume => self.computers[computer].store().resume().unwrap(),
            AtComputer::Retry => self.retry(computer)?,
            AtComputer::TestLogins => self.test_logins(computer).await,
            AtComputer::TestTicket { killed } => {
                self.test_ticket(computer, killed).await?;
            }
            AtComputer::StartAgain => {
                self.computers[computer].start(&self.simulator).await;
                self.look_at(computer)?;
            }
            AtComputer::Reinstall => self.reinstall(computer).await?,
        }
        Ok(())
    }

    /// All that needs a person is tried again.
    pub fn retry(&mut self, computer: usize) -> Checked {
        let one = &mut self.computers[computer];
        let now = one.now();
        for told in one.postings() {
            if told.test || told.stage != Stage::NeedsAttention {
                continue;
            }
            let retried = activity::retry(one.store(), told.id, now).unwrap();
            ensure!(retried, "{} cannot be retried", told.key);
            one.book.retry(&told.key);
        }
        self.look_at(computer)?;
        Ok(())
    }

    /// The portal proposes its time zone as long as Options have never been saved.
    pub async fn test_logins(&mut self, computer: usize) {
        let one = &mut self.computers[computer];
        let before = one.store().settings().unwrap().general;
        one.test_logins(&self.simulator).await;
        let general = one.store().settings().unwrap().general;
        assert!(!self.saved || general == before, "General was changed");
        one.book.set_zone(general.zone());
        for organization in one.store().organizations().unwrap() {
            one.book.know(&organization.id);
        }
        self.calls.begin_anew(self.simulator.autotask().calls());
    }

    /// Sends one. Whether it arrived for certain.
    pub async fn test_ticket(
        &mut self,
        computer: usize,
        killed: Option<u32>,
    ) -> Result<bool, String> {
        // Nobody asks for two of them in the same moment.
        self.simulator.advance(Duration::from_secs(1));
        self.set_clocks();
        let one = &mut self.computers[computer];
        let client = one.autotask().clone();
        let calls = client.calls();
        let sent = test_ticket::send(one.store(), &client, self.accounts[0], &one.clock);
        let turns = Cell::new(0);
        let is_over = || killed.is_some_and(|most| turns.replace(turns.get() + 1) > most);
        let answer = computer::within(sent, is_over).await;
        self.calls.sent(client.calls() - calls);
        if answer.is_none() {
            one.start(&self.simulator).await;
        }
        self.all_arrive().await?;
        self.look_at(computer)?;
        Ok(answer.is_some_and(|answer| answer.is_ok()))
    }

    async fn reinstall(&mut self, computer: usize) -> Checked {
        self.autotask_ends_its_work()?;
        let before = self.computers.remove(computer);
        let (since, offset) = (before.book.since(), before.offset);
        drop(before);
        for made in self.made.values_mut() {
            made.by = made.by.filter(|by| *by != computer);
        }
        let installed = self.install(offset, since).await;
        self.computers.insert(computer, installed);
        Ok(())
    }

    /// A pass on each computer.
    pub async fn pass_on_each(&mut self) -> Checked {
        for computer in 0..self.computers.len() {
            self.pass(computer, End::ByItself).await?;
        }
        Ok(())
    }
}
