//! What people do in Autotask.

use jiff::{ToSpan as _, civil::Date};
use simulator::AutotaskDoor;
use sync::{
    billing::{self, FollowError},
    clock::Clock as _,
};

use crate::{
    partner::{Partner, day, id},
    world::Place,
};

impl Partner {
    pub fn door(&self) -> AutotaskDoor {
        self.world().simulator.autotask()
    }

    fn today(&self) -> Date {
        day(self.world().clock.now())
    }

    /// Other units of the service, from a day of next month on.
    pub async fn by_a_person(&mut self, organization: usize, change: i64, of_month: i8) {
        let place = self.places[organization];
        let faults = self.world().simulator.faults();
        let kept = faults.list();
        faults.clear();
        let next_month = self.today().last_of_month().tomorrow().unwrap();
        let from = next_month.with().day(of_month).build().unwrap();
        let rows = self.rows(place.service);
        let row = rows
            .iter()
            .find(|(start, end, _)| *start <= from && from <= *end);
        let possible = row.is_some_and(|(_, _, units)| units + change >= 0);
        if possible && change != 0 && self.logged_in() {
            let adjustment = autotask::NewContractServiceAdjustment {
                contract_id: place.contract,
                line: autotask::Line::ContractService(place.service),
                effective: from,
                unit_change: Some(change),
                adjusted_unit_price: None,
                adjusted_unit_cost: None,
            };
            if self.world().client().adjust(&[adjustment]).await.is_ok() {
                self.seen.changed_by_others += 1;
                // Without proration a change holds from the first day of the period on.
                let choices = self.door().choices();
                let from = if choices.proration { from } else { next_month };
                self.touch(place.service, from);
            }
        }
        for (_, fault) in kept {
            faults.add(fault);
        }
    }

    fn touch(&mut self, service: i64, from: Date) {
        let now = self.world().clock.now();
        self.touched.entry(service).or_default().push((now, from));
    }

    pub fn take_back_posting(&self, organization: usize) {
        self.door().take_back_posting(
            self.places[organization].contract,
            Date::constant(2026, 1, 1),
        );
    }

    pub fn end_contract(&mut self, organization: usize, months: i32) {
        let end = self.today().saturating_add(months.months()).last_of_month();
        self.set_end(organization, end);
        self.seen.ended += 1;
    }

    pub fn run_on(&mut self, organization: usize) {
        let contract = self.places[organization].contract;
        if let Some(end) = self.first_ends.get(&contract) {
            self.set_end(organization, *end);
        }
    }

    /// A contract that was renewed keeps its end.
    fn set_end(&mut self, organization: usize, end: Date) {
        let place = self.places[organization];
        let mut contracts = self.door().contracts().into_iter();
        let contract = contracts
            .find(|contract| contract.id == place.contract)
            .unwrap();
        let (start, was) = contract.start.zip(contract.end).unwrap();
        if end <= start || self.renewals.contains_key(&place.contract) {
            return;
        }
        self.first_ends.entry(place.contract).or_insert(was);
        self.door().set_contract_dates(place.contract, start, end);
        // Billing periods went or came.
        self.touch(place.service, end.min(was).tomorrow().unwrap());
    }

    pub fn renew(&mut self, organization: usize) {
        let place = self.places[organization];
        self.set_end(organization, self.today().last_of_month());
        let Ok(new) = self.door().renew_contract(place.contract, None) else {
            return;
        };
        let lines = self.door().contract_services();
        let own = lines.iter().find(|line| line.id == place.service);
        let same = own.and_then(|own| {
            lines
                .iter()
                .find(|line| line.contract_id == new && line.service_id == own.service_id)
        });
        let place = same.map(|line| Place {
            contract: new,
            service: line.id,
            ..place
        });
        self.ours.extend(place.map(|place| place.service));
        self.renewals
            .insert(self.places[organization].contract, place);
    }

    /// On each computer.
    pub async fn follow(&mut self, organization: usize) -> Result<(), String> {
        let now = self.world().clock.now();
        let renewal = self.renewals.get(&self.places[organization].contract);
        let renewal = renewal.copied().flatten();
        let world = self.world();
        let other = self.other.as_ref();
        let stores = std::iter::once((&world.store, world.client()))
            .chain(other.map(|other| (&other.store, &other.connection.autotask)));
        let mut followed = Vec::new();
        for (store, client) in stores {
            match billing::follow(store, client, &id(organization), now).await {
                Ok(new) => followed.push(new),
                Err(
                    FollowError::NotBilled(_)
                    | FollowError::NotRenewed
                    | FollowError::NotPossible { .. }
                    | FollowError::Autotask(_),
                ) => {}
                Err(FollowError::Store(error)) => return Err(error.to_string()),
            }
        }
        if let Some(place) = renewal
            && followed.iter().any(|new| new.contract == place.contract)
        {
            self.places[organization] = place;
            self.seen.followed += 1;
        }
        Ok(())
    }

    pub fn take_off_contract(&mut self, organization: usize) {
        let service = self.places[organization].service;
        if self.door().delete_contract_service(service) {
            self.seen.taken_off += 1;
        }
    }
}
