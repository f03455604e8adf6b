//! `simulate`: both services on this computer, for trying things out and for tests.

use std::time::Duration;

use clap::Args;
use serde::Serialize;
use simulator::{Config, Fault, Service, Simulator, What, When};

use super::{Run, print};
use crate::outcome::{Exit, Failure};
use crate::signal;

#[derive(Debug, Args)]
pub struct Options {
    /// The same seed makes the same world
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Customers
    #[arg(long, value_name = "N", default_value_t = 12, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    organizations: u32,
    /// Contracts of each customer, at least
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10))]
    contracts_per_customer: u32,
    /// Jobs that have finished before the start
    #[arg(long, value_name = "N", default_value_t = 240, value_parser = clap::value_parser!(u32).range(0..=1_000_000))]
    jobs: u32,
    /// Jobs that keep finishing
    #[arg(long, value_name = "N", default_value_t = 60.0, value_parser = number_to::<10_000>, allow_negative_numbers = true)]
    jobs_per_hour: f64,
    /// Simulated seconds per second
    #[arg(long, value_name = "X", default_value_t = 1.0, value_parser = number_to::<3_600>, allow_negative_numbers = true)]
    speed: f64,
    /// Every answer to which no other fault is applied takes so long
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=600_000))]
    latency: u64,
    /// What goes wrong, where and how often; repeatable
    ///
    /// WHERE: an entity (Tickets), an operation (zone, version, threshold, entityInformation, fields, query, count,
    /// get, create, update, delete), both (Tickets/create), or * for every call. With portal: before it, calls to the
    /// portal: portal:* or portal: and one of partner, organizations, jobs, usage.
    ///
    /// WHAT: delay=500ms, drop_before or drop_after (the connection, before or after a write took effect),
    /// drop_late=240s (and it takes effect that much later), truncate (half of the answer), html_page (a proxy's),
    /// status=503, login_revoked, user_locked, quota_used_up, thread_limit, or vanish=priority:1 (a picklist value
    /// becomes inactive just before the call).
    ///
    /// WHEN: always if nothing is said, once, every=10 (every tenth call), p=0.1 (one in ten, by the seed's chance).
    ///
    /// The first fault that fits a call and is due is applied, one per call.
    #[arg(long = "fault", value_name = "WHERE WHAT [WHEN]")]
    faults: Vec<Fault>,
    /// 0 for any free port
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    autotask_port: u16,
    /// 0 for any free port
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    cloud_direct_port: u16,
}

fn number_to<const MAX: u32>(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| (0.0..=f64::from(MAX)).contains(number))
        .ok_or_else(|| format!("it is a number from 0 to {MAX}"))
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Running<'a> {
    zone_lookup: &'a str,
    portal: &'a str,
    control: &'a str,
    username: &'a str,
    password: &'a str,
    tracking_identifier: &'a str,
    token: &'a str,
}

pub async fn run(run: &Run, options: Options) -> Result<Exit, Failure> {
    run.log_to_terminal();
    let simulator = Simulator::start(Config {
        seed: options.seed,
        organizations: options.organizations as usize,
        contracts_per_customer: options.contracts_per_customer as usize,
        finished_jobs: options.jobs as usize,
        jobs_per_hour: options.jobs_per_hour,
        speed: options.speed,
        autotask_port: options.autotask_port,
        cloud_direct_port: options.cloud_direct_port,
        ..Config::default()
    })
    .await
    .map_err(Failure::usage)?;
    for fault in options.faults {
        simulator.faults().add(fault);
    }
    // Last: a call takes one fault, and the ones asked for by name come first.
    if options.latency > 0 {
        for service in [Service::Autotask, Service::CloudDirect] {
            simulator.faults().add(Fault {
                service,
                on: None,
                when: When::Always,
                what: What::Delay(Duration::from_millis(options.latency)),
            });
        }
    }
    tell(run, &simulator);
    signal::asked_to_stop().await;
    simulator.stop().await;
    Ok(Exit::Done)
}

fn tell(run: &Run, simulator: &Simulator) {
    let addresses = simulator.addresses();
    let logins = simulator.logins();
    let running = Running {
        zone_lookup: addresses.autotask.as_str(),
        portal: addresses.cloud_direct.as_str(),
        control: addresses.control.as_str(),
        username: &logins.username,
        password: &logins.password,
        tracking_identifier: &logins.tracking_identifier,
        token: &logins.token,
    };
    if run.json {
        print::json(&running);
        return;
    }
    print::line(&format!(
        "# Both services run on this computer until Ctrl+C. Control: {control}\n\
         # Logins of the commands:\n\
         #   AUTOTASK_PASSWORD={password} CLOUD_DIRECT_TOKEN={token}\n\
         # A settings file for `autotask-integration configure`:\n\
         \n\
         [autotask]\n\
         username = \"{username}\"\n\
         tracking_identifier = \"{tracking_identifier}\"\n\
         zone_lookup = \"{zone_lookup}\"\n\
         \n\
         [cloud_direct]\n\
         source = \"portal\"\n\
         address = \"{portal}\"\n\
         \n\
         [alerts.error]\n\
         enabled = true\n\
         priority = \"High\"\n\
         queue = \"Monitoring Alert\"\n\
         days_due = 1",
        control = running.control,
        password = running.password,
        token = running.token,
        username = running.username,
        tracking_identifier = running.tracking_identifier,
        zone_lookup = running.zone_lookup,
        portal = running.portal,
    ));
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Command {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn faults_are_taken_in_their_order_and_a_wrong_one_says_what_would_be_right() {
        let line = [
            "simulate",
            "--fault",
            "Tickets/create drop_after every=10",
            "--fault",
            "portal:jobs status=503 p=0.1",
        ];
        let faults = Command::try_parse_from(line).unwrap().options.faults;
        let whats: Vec<What> = faults.iter().map(|fault| fault.what).collect();
        assert_eq!(whats, [What::DropAfter, What::Status(503)]);
        assert_eq!(faults[1].service, Service::CloudDirect);
        let wrong = Command::try_parse_from(["simulate", "--fault", "Tickets explode"]);
        let text = wrong.unwrap_err().to_string();
        assert!(
            text.contains("\"explode\" is nothing that can go wrong"),
            "{text}"
        );
    }

    #[test]
    fn a_number_out_of_its_range_is_refused() {
        for good in ["0", "0.5", "3600"] {
            assert!(number_to::<3_600>(good).is_ok(), "{good}");
        }
        for bad in ["-1", "3601", "NaN", "inf", "", "fast"] {
            assert!(number_to::<3_600>(bad).is_err(), "{bad}");
        }
    }
}
