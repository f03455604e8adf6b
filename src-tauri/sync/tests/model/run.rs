//! One history from its first step until everything has converged, and many of them.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
};

use jiff::SignedDuration;
use simulator::PicklistField;
use sync::ledger::{self, LedgerCheck};

use crate::{
    history::History,
    partner::{Checked, Partner, Seen, ensure, id},
    reference::Stage,
};

/// What went wrong.
#[derive(Debug)]
pub struct Failure {
    pub history: History,
    /// How many steps had been taken before the one in which it did; all of them if it was at the end.
    pub taken: usize,
    pub told: String,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let History { seed, shape, steps } = &self.history;
        writeln!(f, "{shape:?}")?;
        for (at, (number, step)) in steps.iter().enumerate() {
            let mark = if at == self.taken { "> " } else { "  " };
            writeln!(f, "{mark}{number:2}  {step:?}")?;
        }
        if self.taken == steps.len() {
            writeln!(f, ">     all has been put right")?;
        }
        let numbers: Vec<String> = steps.iter().map(|(number, _)| number.to_string()).collect();
        writeln!(f, "seed {seed}: {}", self.told)?;
        write!(
            f,
            "MODEL_STEPS={} cargo xtask model --seed {seed}",
            numbers.join(",")
        )
    }
}

/// Runs a history in a runtime of its own, on this thread.
pub fn run(history: &History) -> Result<Seen, Box<Failure>> {
    let mut taken = 0;
    let ran = catch_unwind(AssertUnwindSafe(|| {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .event_interval(1)
            .build()
            .unwrap();
        runtime.block_on(take_all(history, &mut taken))
    }));
    let told = match ran {
        Ok(Ok(seen)) => return Ok(seen),
        Ok(Err(told)) => told,
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| Some((*panic.downcast_ref::<&str>()?).to_owned()));
            format!("panicked: {}", text.unwrap_or_default())
        }
    };
    Err(Box::new(Failure {
        history: history.clone(),
        taken,
        told,
    }))
}

async fn take_all(history: &History, taken: &mut usize) -> Result<Seen, String> {
    let mut partner = Partner::new(history).await;
    for (_, step) in &history.steps {
        partner.take(*step).await?;
        *taken += 1;
    }
    partner.put_right().await?;
    partner.converge().await?;
    partner.check_everything()?;
    Ok(partner.seen)
}

/// How long is waited before each round: a posting may rest for a day, and what was late is found within
/// one.
const ROUNDS: [i64; 8] = [1, 70, 25, 25, 25, 25, 25, 25];

impl Partner {
    /// The faults end, and people put right what is wrong.
    async fn put_right(&mut self) -> Checked {
        self.all_arrive().await?;
        self.autotask_ends_its_work()?;
        self.simulator.faults().clear();
        let tenant = self.simulator.autotask();
        for field in PicklistField::ALL {
            for value in tenant.picklist(field) {
                tenant.set_picklist_value_active(field, id(&value), true);
            }
        }
        for account in &self.accounts {
            tenant.set_company_active(*account, true);
        }
        tenant.set_rights("Tickets", true, true, true);
        tenant.set_user_locked(false);
        tenant.set_password(&self.simulator.logins().password);
        let portal = self.simulator.cloud_direct();
        portal.set_token(&self.simulator.logins().token);
        for organization in &self.organizations {
            portal.set_forbidden(organization, false);
        }
        self.export(|_| true);
        for computer in &mut self.computers {
            computer.offset = SignedDuration::ZERO;
            computer.store().resume().unwrap();
        }
        self.set_clocks();
        if !self.saved {
            self.save_options(None);
        }
        for computer in 0..self.computers.len() {
            let store = self.computers[computer].store();
            if sync::login::refused(store).unwrap().is_some() {
                self.test_logins(computer).await;
            }
        }
        Ok(())
    }

    async fn converge(&mut self) -> Checked {
        for (round, wait) in ROUNDS.into_iter().enumerate() {
            self.seen.rounds += 1;
            // Minutes at first, then hours.
            self.sleep(if round < 2 { wait } else { wait * 60 })?;
            for computer in 0..self.computers.len() {
                self.retry(computer)?;
            }
            self.pass_on_each().await?;
            if round >= 2 && self.unsent().is_empty() {
                return Ok(());
            }
        }
        Err(format!("it does not converge: {:?}", self.unsent()))
    }

    /// What could be in Autotask and is not.
    fn unsent(&self) -> Vec<String> {
        let computers = self.computers.iter();
        let unsent = computers.flat_map(|computer| {
            let sendable = computer.book.sendable(computer.now());
            let stages = computer.book.stages().into_iter();
            let unsent = stages.filter(move |(key, stage)| match stage {
                Stage::Done => false,
                Stage::Unclear => true,
                Stage::Planned | Stage::NeedsAttention => {
                    let exists = |account| self.accounts.contains(&account);
                    sendable
                        .get(key)
                        .is_some_and(|ticket| exists(ticket.account))
                }
            });
            unsent.map(|(key, stage)| format!("{key} {stage:?}"))
        });
        unsent.collect()
    }

    fn check_everything(&self) -> Checked {
        for (number, computer) in self.computers.iter().enumerate() {
            let check = ledger::verify(computer.store()).unwrap();
            ensure!(
                matches!(check, LedgerCheck::Fits { .. }),
                "{number}: {check:?}"
            );
            for job in &self.jobs {
                let told = computer.book.outcome_of(&job.organization_id, &job.id);
                let shown = job.outcome != simulator::Outcome::NotFinished;
                // What was kept back of an excluded one is read once somebody includes it.
                let expected = shown && !computer.book.excludes(&job.organization_id);
                ensure!(told.is_some() || !expected, "{number} never got {job:?}");
            }
        }
        Ok(())
    }
}

/// Runs histories on all cores. The first that fails ends it.
pub fn run_all(
    seeds: std::ops::Range<u64>,
    on_done: &(dyn Fn(Seen) + Sync),
) -> Result<(), Box<Failure>> {
    let next = AtomicU64::new(seeds.start);
    let stop = AtomicBool::new(false);
    let work = || {
        while !stop.load(Ordering::Relaxed) {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break;
            }
            let ran = run(&History::new(seed));
            let seen = ran.inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
            on_done(seen);
        }
        Ok(())
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let ended = workers.into_iter().map(|worker| worker.join().unwrap());
        ended.collect()
    })
}

/// Leaves out steps as long as it still fails.
pub fn shortened(failure: Box<Failure>) -> Box<Failure> {
    let mut best = failure;
    best.history.steps.truncate(best.taken + 1);
    let mut size = best.history.steps.len().div_ceil(2);
    while size > 0 {
        let mut from = 0;
        while from < best.history.steps.len() {
            let mut shorter = best.history.clone();
            let until = (from + size).min(shorter.steps.len());
            shorter.steps.drain(from..until);
            match run(&shorter) {
                Err(still) => best = still,
                Ok(_) => from += size,
            }
        }
        size /= 2;
    }
    best
}
