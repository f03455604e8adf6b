//! The program under SIGKILL: see `harness/kills.rs`. `cargo xtask kills` does the same a thousand
//! times.

#![cfg(unix)]

#[cfg(test)]
mod harness;

#[cfg(test)]
mod tests {
    use crate::harness::kills::{Kills, Load, Stage, kill_and_start_again};
    use crate::harness::services::Api;

    const KILLS: usize = 50;

    #[test]
    fn killed_fifty_times_over_rest_no_ticket_is_lost_and_none_is_there_twice() {
        assert_hit_in_the_middle(&kill_and_start_again(Load::of(Api::Rest, KILLS)));
    }

    #[test]
    fn killed_fifty_times_over_soap_no_ticket_is_lost_and_none_is_there_twice() {
        assert_hit_in_the_middle(&kill_and_start_again(Load::of(Api::Soap, KILLS)));
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

    /// Otherwise nothing was tried.
    #[track_caller]
    fn assert_hit_in_the_middle(kills: &Kills) {
        for stage in Stage::ALL {
            assert!(kills.by_stage.contains_key(&stage), "{kills:#?}");
        }
        assert!(kills.that_left_new_tickets >= 5, "{kills:#?}");
        assert!(kills.while_under_way >= 2, "{kills:#?}");
        assert!(kills.connections_cut >= 1, "{kills:#?}");
    }
}
