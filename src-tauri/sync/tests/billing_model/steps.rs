//! What each step does: to Cloud Direct and Autotask, to the settings, and to the computers.

use std::{collections::HashMap, time::Duration};

use jiff::{SignedDuration, Timestamp};
use simulator::{Fault, Service};
use sync::{
    billing::{self, Chosen, Order, OrderError, State},
    clock::Clock as _,
    login, mapping,
    pass::PassError,
};
use tokio_util::sync::CancellationToken;

use crate::{
    history::{ORGANIZATIONS, Step, Where},
    partner::{Partner, day, id, limits},
    world::GB,
};

impl Partner {
    pub async fn step(&mut self, step: Step) -> Result<(), String> {
        match step {
            Step::Wait(minutes) => self.world().wait(SignedDuration::from_mins(minutes)),
            Step::Measured {
                organization,
                gigabytes,
            } => {
                let day = self.world().clock.now().to_string()[..10].to_owned();
                self.world().measure(&id(organization), &day, gigabytes);
            }
            Step::ByHand {
                organization,
                gigabytes,
            } => {
                let now = self.world().clock.now();
                for store in self.stores() {
                    billing::enter(store, &id(organization), gigabytes * GB, "model", None, now)
                        .unwrap();
                }
            }
            Step::Unmap(organization) => self.map_to(organization, None),
            Step::MapToItsOwn(organization) => {
                self.map_to(organization, Some(self.places[organization]));
            }
            Step::MapToAnothers(organization) => {
                let another = self.places[(organization + 1) % ORGANIZATIONS];
                self.map_to(organization, Some(another));
            }
            Step::Exclude(organization) => {
                let input = mapping::Input {
                    organization_id: id(organization),
                    excluded: Some("model".to_owned()),
                    ..mapping::Input::default()
                };
                for store in self.stores() {
                    let now = self.world().clock.now();
                    mapping::save(store, &input, &mapping::Names::default(), now).unwrap();
                }
            }
            Step::SetApproval(approval) => self.set(|billing| billing.approval = approval),
            Step::SetBlock(block) => self.set(|billing| billing.block = block),
            Step::Pass { other } => self.acting(async |one| one.pass(other).await).await?,
            Step::PassKilled { other, after } => self.killed(other, after, None).await?,
            Step::PostKilled { after } => {
                let order = self.order(None, false);
                self.killed(false, after, Some(order)).await?;
            }
            Step::PostAll => {
                let order = self.order(None, false);
                self.acting(async |one| one.post(&order).await).await?;
            }
            Step::PostOne(organization) => {
                let order = self.order(Some(organization), false);
                self.acting(async |one| one.post(&order).await).await?;
            }
            Step::PostNextDay(organization) => {
                let order = self.order(Some(organization), true);
                self.acting(async |one| one.post(&order).await).await?;
            }
            Step::ReadBack => {
                let read = self
                    .world()
                    .meaning_within(limits(), async |means| billing::verify(&means).await);
                good(read.await.map(|_| ()))?;
            }
            Step::Correct(organization) => self.correct(organization).await?,
            Step::PostAnew {
                organization,
                next_day,
            } => {
                if let Some(order) = self.anew(organization, next_day) {
                    self.seen.anew += 1;
                    self.acting(async |one| one.post(&order).await).await?;
                }
            }
            Step::Settle(organization) => self.settle(organization)?,
            Step::Fault(place, when, what) => {
                self.world().simulator.faults().add(Fault {
                    service: match place {
                        Where::Portal => Service::CloudDirect,
                        Where::Adjustments
                        | Where::Units
                        | Where::Contracts
                        | Where::Everything => Service::Autotask,
                    },
                    on: place.on().map(str::to_owned),
                    when,
                    what,
                });
            }
            Step::NoFaults => self.no_faults().await?,
            Step::ByAPerson {
                organization,
                change,
                day,
            } => self.by_a_person(organization, change, day).await,
            Step::ApproveAndPost(organization) => {
                let until = day(self.world().clock.now());
                self.door()
                    .approve_and_post(self.places[organization].contract, until);
            }
            Step::TakeBackPosting(organization) => self.take_back_posting(organization),
            Step::SetActive {
                organization,
                active,
            } => {
                self.door()
                    .set_contract_status(self.places[organization].contract, i64::from(active));
            }
            Step::EndContract {
                organization,
                months,
            } => self.end_contract(organization, months),
            Step::RunOn(organization) => self.run_on(organization),
            Step::Renew(organization) => self.renew(organization),
            Step::Follow(organization) => self.follow(organization).await?,
            Step::TakeOffContract(organization) => self.take_off_contract(organization),
        }
        Ok(())
    }

    /// The date that a person means, and all lines or one.
    fn order(&self, organization: Option<usize>, next_day: bool) -> Order {
        let now = self.world().clock.now();
        Order {
            invoice_date: billing::current_date(&self.world().store, now).unwrap(),
            lines: organization.map(|one| {
                vec![Chosen {
                    organization_id: id(one),
                    units: None,
                }]
            }),
            next_day,
        }
    }

    pub async fn pass(&self, other: bool) -> Result<(), String> {
        let cancel = CancellationToken::new();
        let (store, connection) = match &self.other {
            Some(two) if other => (&two.store, &two.connection),
            Some(_) | None => (&self.world().store, &self.world().connection),
        };
        let clock = &self.world().clock;
        let ended = sync::pass::run(store, connection, clock, &limits(), &cancel, &|_| {}).await;
        match ended {
            Ok(_) | Err(PassError::LoginRefused { .. }) => Ok(()),
            Err(error) => Err(error.to_string()),
        }
    }

    async fn post(&self, order: &Order) -> Result<(), String> {
        let posted = self
            .world()
            .meaning_within(limits(), async |means| billing::post(&means, order).await);
        good(posted.await.map(|_| ()))
    }

    /// Keeps the units of before and after, of the lines that the first computer posts meanwhile.
    pub async fn acting(
        &mut self,
        what: impl AsyncFnOnce(&Self) -> Result<(), String>,
    ) -> Result<(), String> {
        let rows = self.all_rows();
        let posted: HashMap<i64, (Option<Timestamp>, bool)> = Self::lines(&self.world().store)
            .iter()
            .map(|line| (line.id, (line.posted_at, line.former.is_some())))
            .collect();
        what(self).await?;
        let after = self.all_rows();
        let mut of_service: HashMap<i64, Vec<(i64, bool)>> = HashMap::new();
        for line in Self::lines(&self.world().store) {
            if line.state == State::Unclear {
                self.seen.unclear += 1;
            }
            let (posted_at, again) = posted.get(&line.id).copied().unwrap_or_default();
            if let Some(terms) = line.terms.filter(|_| posted_at != line.posted_at) {
                of_service
                    .entry(terms.place.service)
                    .or_default()
                    .push((line.id, again));
            }
        }
        for (service, ids) in of_service {
            // Of two in one run nobody knows which did what.
            let ([(line, again)], Some(before), Some(after)) =
                (ids.as_slice(), rows.get(&service), after.get(&service))
            else {
                continue;
            };
            // Of one that is sent again the first units count, if nobody has changed others meanwhile.
            let first = match (again, self.posted.remove(line)) {
                (false, _) => before.clone(),
                (true, Some((first, left))) if left == *before => first,
                (true, _) => continue,
            };
            self.posted.insert(*line, (first, after.clone()));
        }
        Ok(())
    }

    /// A run that is ended in the middle, and a start after it.
    async fn killed(
        &mut self,
        other: bool,
        after: u64,
        order: Option<Order>,
    ) -> Result<(), String> {
        if other && self.other.is_some() {
            return self.pass(true).await;
        }
        self.seen.kills += 1;
        let calls = self.world().calls();
        let sent = self.world().client().calls();
        {
            let run = async {
                match &order {
                    None => self.pass(false).await,
                    Some(order) => self.post(order).await,
                }
            };
            let killed = async {
                while self.world().calls() - calls < after {
                    tokio::time::sleep(Duration::from_micros(300)).await;
                }
            };
            tokio::select! {
                biased;
                ended = run => ended?,
                () = killed => {}
            }
        }
        // What was under way arrives.
        for _ in 0..200 {
            if self.world().calls() - calls >= self.world().client().calls() - sent {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let world = self.world.take().unwrap();
        self.world = Some(world.restarted().await);
        Ok(())
    }

    /// What was corrected last, once more.
    fn anew(&self, organization: usize, next_day: bool) -> Option<Order> {
        let mut lines = Self::lines(&self.world().store).into_iter();
        let line = lines.find(|line| {
            line.organization_id == id(organization)
                && line.corrects.is_none()
                && line.state == State::Corrected
        })?;
        Some(Order {
            invoice_date: line.invoice_date,
            ..self.order(Some(organization), next_day)
        })
    }

    fn settle(&mut self, organization: usize) -> Result<(), String> {
        let store = &self.world().store;
        let mut lines: Vec<_> = Self::lines(store)
            .into_iter()
            .filter(|line| line.organization_id == id(organization))
            .filter(|line| line.state.can_be_settled())
            .collect();
        lines.sort_by_key(|line| (line.invoice_date, line.id));
        let Some(line) = lines.first() else {
            return Ok(());
        };
        let now = self.world().clock.now();
        billing::settle(store, line.id, "model", now).map_err(|error| error.to_string())?;
        self.seen.settled += 1;
        Ok(())
    }

    /// The newest line of the organization that can be corrected, if its units are as they were left.
    async fn correct(&mut self, organization: usize) -> Result<(), String> {
        let line = Self::lines(&self.world().store)
            .into_iter()
            .find(|line| line.organization_id == id(organization) && line.can_be_corrected());
        let Some(line) = line else { return Ok(()) };
        let service = line.terms.as_ref().unwrap().place.service;
        let corrected = self.world().meaning_within(limits(), async |means| {
            billing::correct(&means, line.id).await
        });
        let snapshot = self.posted.get(&line.id).cloned();
        let as_left = snapshot
            .as_ref()
            .is_some_and(|(_, after)| *after == self.rows(service));
        let done = match corrected.await {
            Err(error) => return good(Err(error)),
            Ok(done) => done,
        };
        if done
            .record
            .is_none_or(|record| record.state != State::Verified)
        {
            return Ok(());
        }
        self.seen.corrected += 1;
        let (Some((before, _)), Some(from)) = (snapshot.filter(|_| as_left), done.effective) else {
            return Ok(());
        };
        self.seen.restored += 1;
        let now = self.rows(service);
        for (start, end, units) in &before {
            for day in [start, end] {
                let stands = now
                    .iter()
                    .find(|(start, end, _)| start <= day && day <= end);
                if *day >= from && stands.map(|(_, _, units)| units) != Some(units) {
                    return Err(format!(
                        "after the correction {stands:?} stands on {day}, {units} did before"
                    ));
                }
            }
        }
        Ok(())
    }

    pub fn logged_in(&self) -> bool {
        login::refused(&self.world().store).unwrap().is_none()
    }
}

/// Errors that a person would see, and that say nothing of the units.
fn good(ended: Result<(), OrderError>) -> Result<(), String> {
    match ended {
        Ok(())
        | Err(
            OrderError::LoginRefused { .. }
            | OrderError::Autotask(_)
            | OrderError::NotPossible(_)
            | OrderError::UnknownOrganization(_),
        ) => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}
