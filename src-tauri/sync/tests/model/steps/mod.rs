//! What each step does: to Cloud Direct and Autotask, to the computers, and to their books.

mod app;
mod outside;

use std::time::Duration;

use jiff::SignedDuration;
use simulator::{Service, What, When};

use crate::{
    history::{AtComputer, Fault, Step},
    partner::{Checked, Partner, id},
};

impl Partner {
    pub async fn take(&mut self, step: Step) -> Checked {
        let passes = match step {
            Step::At {
                computer,
                what: AtComputer::Pass(_),
            } => Some(computer),
            Step::Sleep { .. }
            | Step::SetClock { .. }
            | Step::CloudDirect(_)
            | Step::Autotask(_)
            | Step::Fault { .. }
            | Step::EndFaults
            | Step::Options(_)
            | Step::Mapping { .. }
            | Step::At { .. } => None,
        };
        // What a killed program has sent arrives while it starts again, at the latest.
        let by_killed = self.on_its_way.iter().find(|one| one.until.is_none());
        if by_killed.map(|one| one.computer) != passes {
            self.all_arrive().await?;
        }
        match step {
            Step::Sleep { minutes } => self.sleep(minutes)?,
            Step::SetClock { computer, minutes } => {
                self.autotask_ends_its_work()?;
                self.computers[computer].offset = SignedDuration::from_mins(minutes);
                self.set_clocks();
            }
            Step::CloudDirect(what) => self.in_cloud_direct(what),
            Step::Autotask(what) => self.in_autotask(what).await?,
            Step::Fault {
                service,
                on,
                when,
                what,
            } => self.fault(service, on, when, what),
            Step::EndFaults => self.simulator.faults().clear(),
            Step::Options(what) => self.in_options(what),
            Step::Mapping {
                organization,
                change,
            } => self.in_mapping(organization, change),
            Step::At { computer, what } => self.at_computer(computer, what).await?,
        }
        Ok(())
    }

    /// Nothing is on its way any more. Whoever sets the clock forward, or sends with an empty database, while
    /// Autotask is still at work can make a second ticket; nobody claims otherwise.
    pub fn autotask_ends_its_work(&mut self) -> Checked {
        while !self.on_its_way.is_empty() {
            self.sleep(1)?;
        }
        Ok(())
    }

    /// Time goes on for all of them. The jobs that a faulty portal leaves out it does not leave out for
    /// days: the app looks back a week, and no further. A whole organization it may.
    pub fn sleep(&mut self, minutes: i64) -> Checked {
        self.kept_back_for += minutes;
        if self.kept_back_for > 24 * 60 {
            self.kept_back_for = 0;
            let faults = self.simulator.faults();
            for (id, fault) in faults.list() {
                if fault.service == Service::CloudDirect {
                    faults.remove(id);
                }
            }
        }
        let seconds = minutes.unsigned_abs() * 60;
        self.simulator.advance(Duration::from_secs(seconds));
        self.set_clocks();
        self.look_for_late_ones()
    }

    pub fn set_clocks(&self) {
        for computer in &self.computers {
            computer.clock.set(self.simulator.now() + computer.offset);
        }
    }

    fn fault(&mut self, service: Service, on: Option<&str>, when: When, what: Fault) {
        let what = match what {
            Fault::Is(what) => what,
            Fault::Vanishes { field, value } => {
                let values = self.simulator.autotask().picklist(field);
                let value = id(&values[value % values.len()]);
                What::PicklistValueVanishes { field, value }
            }
        };
        self.simulator.faults().add(simulator::Fault {
            service,
            on: on.map(str::to_owned),
            when,
            what,
        });
    }
}
