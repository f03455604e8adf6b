//! A partner who goes through a history.

use std::{
    collections::{BTreeMap, HashMap},
    ops::AddAssign,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp, civil::Date};
use simulator::{Fault, Service};
use sync::{
    billing::{self, Chosen, Means, Order, OrderError, Spread, State},
    clock::Clock as _,
    connect, login, mapping,
    pass::{Limits, PassError, Settle},
    settings::Approval,
    store::{LineRow, Store},
};
use tokio_util::sync::CancellationToken;

use crate::{
    check,
    history::{History, ORGANIZATIONS, Start, Step, Where},
    world::{GB, Other, Place, World, map, secrets},
};

/// What the histories came by, so that a test shows that it tested something.
#[derive(Debug, Default, Clone, Copy)]
pub struct Seen {
    pub histories: u64,
    pub steps: u64,
    pub verified: u64,
    pub needs_review: u64,
    pub held: u64,
    pub blocked: u64,
    /// Lines that were unclear at some time.
    pub unclear: u64,
    pub kills: u64,
    pub corrected: u64,
    /// Of the corrections: compared with the units of before.
    pub restored: u64,
    pub changed_by_others: u64,
    pub adjustments: u64,
}

impl AddAssign for Seen {
    fn add_assign(&mut self, other: Self) {
        self.histories += other.histories;
        self.steps += other.steps;
        self.verified += other.verified;
        self.needs_review += other.needs_review;
        self.held += other.held;
        self.blocked += other.blocked;
        self.unclear += other.unclear;
        self.kills += other.kills;
        self.corrected += other.corrected;
        self.restored += other.restored;
        self.changed_by_others += other.changed_by_others;
        self.adjustments += other.adjustments;
    }
}

impl Seen {
    pub fn has_seen_everything(&self) -> bool {
        [
            self.verified,
            self.needs_review,
            self.held,
            self.blocked,
            self.unclear,
            self.kills,
            self.corrected,
            self.restored,
            self.changed_by_others,
        ]
        .iter()
        .all(|count| *count > 0)
    }
}

/// The units of a service, period by period.
pub type Rows = Vec<(Date, Date, i64)>;

pub struct Partner {
    pub world: Option<World>,
    pub other: Option<Other>,
    pub places: Vec<Place>,
    /// When somebody else changed the units of a service, and from which day on: a person, or a correction,
    /// of which the second computer knows nothing.
    pub touched: HashMap<i64, Vec<(Timestamp, Date)>>,
    /// The units of all services before and after the last run of the first computer that posted a line.
    pub posted: HashMap<i64, (Rows, Rows)>,
    pub seen: Seen,
}

fn id(organization: usize) -> String {
    format!("org-{:04}", organization + 1)
}

fn limits() -> Limits {
    Limits {
        settle: Settle::default(),
        spread: Spread::NONE,
        wait_for_unclear: false,
    }
}

/// Takes a history to its end. The error says what does not hold.
pub async fn run(history: &History) -> Result<Seen, String> {
    let mut partner = Partner::new(history.start).await;
    let before = check::Untouched::of(&partner);
    for (at, step) in history.steps.iter().enumerate() {
        partner
            .step(*step)
            .await
            .map_err(|why| format!("step {at}, {step:?}: {why}"))?;
        partner.seen.steps += 1;
        before.still_holds(&partner)?;
    }
    partner.come_to_rest().await?;
    before.still_holds(&partner)?;
    check::at_the_end(&mut partner)?;
    partner.seen.histories = 1;
    Ok(partner.seen)
}

impl Partner {
    async fn new(start: Start) -> Self {
        let world = World::new(start.api, ORGANIZATIONS).await;
        world.simulator.autotask().set_limits(false);
        world.choose(|choices| {
            choices.same_day_adjustment_refused = start.same_day_refused;
            choices.proration = start.proration;
            choices.posted_periods = start.posted_periods;
            choices.lock_after = 0;
        });
        let other = match start.two_computers {
            true => Some(world.other_computer(start.api).await),
            false => None,
        };
        let places = (0..ORGANIZATIONS)
            .map(|one| world.place(&id(one)))
            .collect();
        let partner = Self {
            world: Some(world),
            other,
            places,
            touched: HashMap::new(),
            posted: HashMap::new(),
            seen: Seen::default(),
        };
        partner.set(|billing| billing.approval = start.approval);
        partner
    }

    pub fn world(&self) -> &World {
        self.world.as_ref().unwrap()
    }

    pub fn stores(&self) -> Vec<&Store> {
        let other = self.other.iter().map(|other| &other.store);
        std::iter::once(&self.world().store).chain(other).collect()
    }

    fn set(&self, change: impl Fn(&mut sync::settings::Billing)) {
        for store in self.stores() {
            let mut settings = store.settings().unwrap();
            change(&mut settings.billing);
            store
                .save_settings(&settings, self.world().clock.now())
                .unwrap();
        }
    }

    fn map_to(&self, organization: usize, place: Option<Place>) {
        for store in self.stores() {
            map(store, &self.world().clock, &id(organization), place);
        }
    }

    /// The units of a service.
    pub fn rows(&self, service: i64) -> Rows {
        let units = self.world().simulator.autotask().contract_service_units();
        let mut rows: Rows = units
            .into_iter()
            .filter(|row| row.contract_service_id == service)
            .map(|row| (row.start.unwrap(), row.end.unwrap(), row.units))
            .collect();
        rows.sort_unstable();
        rows
    }

    fn all_rows(&self) -> BTreeMap<i64, Rows> {
        self.places
            .iter()
            .map(|place| (place.service, self.rows(place.service)))
            .collect()
    }

    /// All lines that the first computer has.
    pub fn lines(store: &Store) -> Vec<LineRow> {
        store
            .invoice_dates(100)
            .unwrap()
            .into_iter()
            .flat_map(|date| store.billing_lines(date).unwrap())
            .collect()
    }

    async fn step(&mut self, step: Step) -> Result<(), String> {
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
                    .meaning(async |means| billing::verify(&means).await);
                good(read.await.map(|_| ()))?;
            }
            Step::Correct(organization) => self.correct(organization).await?,
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
            } => self.by_a_person(organization, change).await,
            Step::ApproveAndPost(organization) => {
                let until = day(self.world().clock.now());
                let door = self.world().simulator.autotask();
                door.approve_and_post(self.places[organization].contract, until);
            }
            Step::TakeBackPosting(organization) => {
                let door = self.world().simulator.autotask();
                door.take_back_posting(
                    self.places[organization].contract,
                    Date::constant(2026, 1, 1),
                );
            }
            Step::SetActive {
                organization,
                active,
            } => {
                let door = self.world().simulator.autotask();
                door.set_contract_status(self.places[organization].contract, i64::from(active));
            }
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

    async fn pass(&self, other: bool) -> Result<(), String> {
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
        let cancel = CancellationToken::new();
        let limits = limits();
        let means = Means {
            store: &self.world().store,
            client: self.world().client(),
            clock: &self.world().clock,
            limits: &limits,
            cancel: &cancel,
            on_progress: &|_, _| {},
        };
        good(billing::post(&means, order).await.map(|_| ()))
    }

    /// Keeps the units of before and after, of the lines that the first computer posts meanwhile.
    async fn acting(
        &mut self,
        what: impl AsyncFnOnce(&Self) -> Result<(), String>,
    ) -> Result<(), String> {
        let rows = self.all_rows();
        let posted: HashMap<i64, Option<Timestamp>> = Self::lines(&self.world().store)
            .iter()
            .map(|line| (line.id, line.posted_at))
            .collect();
        what(self).await?;
        let after = self.all_rows();
        let mut of_service: HashMap<i64, Vec<i64>> = HashMap::new();
        for line in Self::lines(&self.world().store) {
            if line.state == State::Unclear {
                self.seen.unclear += 1;
            }
            let is_new = posted.get(&line.id).copied().flatten() != line.posted_at;
            if let Some(terms) = line.terms.filter(|_| is_new) {
                of_service
                    .entry(terms.place.service)
                    .or_default()
                    .push(line.id);
            }
        }
        for (service, ids) in of_service {
            // Of two in one run nobody knows which did what.
            if let [line] = ids.as_slice()
                && let (Some(before), Some(after)) = (rows.get(&service), after.get(&service))
            {
                self.posted.insert(*line, (before.clone(), after.clone()));
            }
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

    /// The newest line of the organization that can be corrected, if its units are as they were left.
    async fn correct(&mut self, organization: usize) -> Result<(), String> {
        let line = Self::lines(&self.world().store).into_iter().find(|line| {
            line.organization_id == id(organization)
                && line.corrects.is_none()
                && line.state == State::Verified
        });
        let Some(line) = line else { return Ok(()) };
        let service = line.terms.as_ref().unwrap().place.service;
        let corrected = self
            .world()
            .meaning(async |means| billing::correct(&means, line.id).await);
        let snapshot = self.posted.get(&line.id).cloned();
        let as_left = snapshot
            .as_ref()
            .is_some_and(|(_, after)| *after == self.rows(service));
        let done = corrected.await;
        let now = self.world().clock.now();
        let effective = line.terms.as_ref().unwrap().effective;
        self.touched
            .entry(service)
            .or_default()
            .push((now, effective));
        let done = match done {
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

    async fn by_a_person(&mut self, organization: usize, change: i64) {
        let place = self.places[organization];
        let today = day(self.world().clock.now());
        let faults = self.world().simulator.faults();
        let kept = faults.list();
        faults.clear();
        let next_month = today.last_of_month().tomorrow().unwrap();
        let units = self
            .world()
            .units(&id(organization), &next_month.to_string());
        if units + change >= 0 && change != 0 && self.logged_in() {
            let adjustment = autotask::NewContractServiceAdjustment {
                contract_id: place.contract,
                line: autotask::Line::ContractService(place.service),
                effective: next_month,
                unit_change: Some(change),
                adjusted_unit_price: None,
                adjusted_unit_cost: None,
            };
            if self.world().client().adjust(&[adjustment]).await.is_ok() {
                self.seen.changed_by_others += 1;
                let now = self.world().clock.now();
                let touched = self.touched.entry(place.service).or_default();
                touched.push((now, next_month));
            }
        }
        for (_, fault) in kept {
            faults.add(fault);
        }
    }

    fn logged_in(&self) -> bool {
        login::refused(&self.world().store).unwrap().is_none()
    }

    /// The faults stop, and a login that was refused is tested again.
    async fn no_faults(&mut self) -> Result<(), String> {
        self.world().simulator.faults().clear();
        self.world().simulator.autotask().set_user_locked(false);
        let logins = self.world().simulator.logins().clone();
        let refused = |store: &Store| login::refused(store).unwrap().is_some();
        let (one, two) = (
            refused(&self.world().store),
            self.other
                .as_ref()
                .is_some_and(|other| refused(&other.store)),
        );
        for store in self.stores() {
            if login::refused(store).unwrap().is_none() {
                continue;
            }
            let settings = store.settings().unwrap();
            let clock = &self.world().clock;
            let password = logins.password.clone().into();
            let outcome =
                login::test_autotask(store, &settings.autotask, &password, clock, &|_| {}).await;
            if !outcome.passed {
                return Err(format!("{outcome:?}"));
            }
            let token = logins.token.clone().into();
            let portal = &settings.cloud_direct;
            let outcome = login::test_cloud_direct(
                store,
                portal,
                &settings.general,
                Some(&token),
                clock,
                &|_| {},
            )
            .await;
            if !outcome.passed {
                return Err(format!("{outcome:?}"));
            }
        }
        // A client that was refused stays so.
        if one {
            let world = self.world.take().unwrap();
            self.world = Some(world.restarted().await);
        }
        if two && let Some(other) = &mut self.other {
            let secrets = secrets(&self.world.as_ref().unwrap().simulator);
            other.connection = connect::connect(&other.store, &secrets).await.unwrap();
        }
        Ok(())
    }

    /// Everything that was in the way is put right, and time goes on.
    async fn come_to_rest(&mut self) -> Result<(), String> {
        self.no_faults().await?;
        for organization in 0..ORGANIZATIONS {
            let place = self.places[organization];
            self.map_to(organization, Some(place));
            let door = self.world().simulator.autotask();
            door.set_contract_status(place.contract, 1);
            door.take_back_posting(place.contract, Date::constant(2026, 1, 1));
        }
        self.set(|billing| billing.approval = Approval::PostByItself);
        for _ in 0..5 {
            // A pause that Autotask asked for is over, and so is every rest.
            self.world().wait(SignedDuration::from_hours(3));
            self.acting(async |one| one.pass(false).await).await?;
            if self.other.is_some() {
                self.acting(async |one| one.pass(true).await).await?;
            }
            for store in self.stores() {
                if let Some((_, why)) = login::refused(store).unwrap() {
                    return Err(format!("nothing is in the way any more, and yet: {why}"));
                }
            }
        }
        self.seen.adjustments = self.world().adjustments() as u64;
        Ok(())
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

pub fn day(now: Timestamp) -> Date {
    now.to_string()[..10].parse().unwrap()
}
