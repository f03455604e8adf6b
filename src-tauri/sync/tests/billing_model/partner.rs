//! A partner who goes through a history.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp, civil::Date};
use sync::{
    billing::Spread,
    clock::Clock as _,
    connect, login,
    pass::{Limits, Settle},
    settings::Approval,
    store::{LineRow, Store},
};

use crate::{
    check,
    history::{History, ORGANIZATIONS, Start},
    seen::Seen,
    world::{Other, Place, World, map, secrets},
};

/// The units of a service, period by period.
pub type Rows = Vec<(Date, Date, i64)>;

pub struct Partner {
    pub world: Option<World>,
    pub other: Option<Other>,
    pub places: Vec<Place>,
    /// The services of these places, and of those to come.
    pub ours: BTreeSet<i64>,
    /// Where renewed contracts go on.
    pub renewals: HashMap<i64, Option<Place>>,
    /// When contracts ended before somebody changed that.
    pub first_ends: HashMap<i64, Date>,
    /// When a person changed the units of a service, and from which day on.
    pub touched: HashMap<i64, Vec<(Timestamp, Date)>>,
    /// The units of a line's service before the first computer first posted it, and after it last did.
    pub posted: HashMap<i64, (Rows, Rows)>,
    pub seen: Seen,
}

pub fn id(organization: usize) -> String {
    format!("org-{:04}", organization + 1)
}

pub fn limits() -> Limits {
    Limits {
        settle: Settle::default(),
        spread: Spread::NONE,
        gives_way: None,
        wait_for_unclear: false,
    }
}

/// Takes a history to its end. The error says what does not hold.
pub async fn run(history: &History) -> Result<Seen, String> {
    let mut partner = Partner::new(history.start).await;
    let mut before = check::Untouched::of(&partner);
    for (at, step) in history.steps.iter().enumerate() {
        partner
            .step(*step)
            .await
            .map_err(|why| format!("step {at}, {step:?}: {why}"))?;
        partner.seen.steps += 1;
        if step.changes_contracts() {
            before = check::Untouched::of(&partner);
        }
        before.still_holds(&partner)?;
    }
    partner.put_right().await?;
    let before = check::Untouched::of(&partner);
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
        let places: Vec<Place> = (0..ORGANIZATIONS)
            .map(|one| world.place(&id(one)))
            .collect();
        let partner = Self {
            world: Some(world),
            other,
            ours: places.iter().map(|place| place.service).collect(),
            places,
            renewals: HashMap::new(),
            first_ends: HashMap::new(),
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

    pub fn set(&self, change: impl Fn(&mut sync::settings::Billing)) {
        for store in self.stores() {
            let mut settings = store.settings().unwrap();
            change(&mut settings.billing);
            store
                .save_settings(&settings, self.world().clock.now())
                .unwrap();
        }
    }

    pub fn map_to(&self, organization: usize, place: Option<Place>) {
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

    pub fn all_rows(&self) -> BTreeMap<i64, Rows> {
        self.ours
            .iter()
            .map(|service| (*service, self.rows(*service)))
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

    /// The faults stop, and a login that was refused is tested again.
    pub async fn no_faults(&mut self) -> Result<(), String> {
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

    /// Everything that was in the way is put right.
    async fn put_right(&mut self) -> Result<(), String> {
        self.no_faults().await?;
        for organization in 0..ORGANIZATIONS {
            let place = self.places[organization];
            self.map_to(organization, Some(place));
            self.door().set_contract_status(place.contract, 1);
            self.take_back_posting(organization);
            self.run_on(organization);
        }
        self.set(|billing| billing.approval = Approval::PostByItself);
        Ok(())
    }

    /// Time goes on.
    async fn come_to_rest(&mut self) -> Result<(), String> {
        for _ in 0..5 {
            // A pause that Autotask asked for is over, and so is every rest.
            self.world().wait(SignedDuration::from_hours(3));
            for organization in 0..ORGANIZATIONS {
                if self
                    .renewals
                    .contains_key(&self.places[organization].contract)
                {
                    self.follow(organization).await?;
                }
            }
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

pub fn day(now: Timestamp) -> Date {
    now.to_string()[..10].parse().unwrap()
}
