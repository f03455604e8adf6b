//! The program under SIGKILL: see `harness/kills.rs`. `cargo xtask kills` does the same a thousand
//! times.

#![cfg(unix)]

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use crate::harness::kills::{Load, kill_and_start_again};
    use crate::harness::services::Api;

    const KILLS: usize = 50;

    #[test]
    fn killed_fifty_times_over_rest_no_ticket_is_lost_and_none_is_there_twice() {
        let load = Load::of(Api::Rest, KILLS).until_everywhere();
        let kills = kill_and_start_again(load);
        assert!(kills.were_everywhere(), "{kills:#?}");
    }

    #[test]
    fn killed_fifty_times_over_soap_no_ticket_is_lost_and_none_is_there_twice() {
        let load = Load::of(Api::Soap, KILLS).until_everywhere();
        let kills = kill_and_start_again(load);
        assert!(kills.were_everywhere(), "{kills:#?}");
    }

    #[test]
    #[ignore = "takes minutes: cargo xtask kills"]
    fn killed_as_often_as_asked_over_rest_no_ticket_is_lost_and_none_is_there_twice() {
        kill_and_start_again(Load::of(Api::Rest, as_often_as_asked()));
    }

    #[test]
    #[ignore = "takes minutes: cargo xtask kills"]
    fn killed_as_often_as_asked_over_soap_no_ticket_is_lost_and_none_is_there_twice() {
        kill_and_start_again(Load::of(Api::Soap, as_often_as_asked()));
    }

    fn as_often_as_asked() -> usize {
        let kills = std::env::var("KILLS").unwrap_or_else(|_| "1000".to_owned());
        kills.parse().expect("KILLS is a number")
    }
}
