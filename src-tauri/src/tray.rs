//! The tray as a value: what is drawn follows from the state alone.
//!
//! The menu always has the same items in the same places, because replacing a menu that is open
//! crashes on some desktops: only texts and what can be clicked change. A back end
//! (`gui::tray_icon`) draws it and skips what has not changed.

use sync::pause::Length;

use crate::view::{StatusState, StatusView};

/// Tells the states apart by shape, for those who cannot by colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    NotSetUp,
    UpToDate,
    Working,
    Paused,
    NeedsAttention,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    SyncNow,
    Pause(Length),
    Resume,
    Open,
    Quit,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A line that says something and cannot be clicked.
    Text(String),
    Separator,
    Entry(Entry),
    Submenu {
        label: &'static str,
        enabled: bool,
        entries: Vec<Entry>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub action: Action,
    pub label: &'static str,
    pub enabled: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    pub icon: Icon,
    pub tooltip: String,
    pub items: Vec<Item>,
}

impl Menu {
    pub fn of(status: &StatusView, demo: bool) -> Self {
        let (icon, can_sync, can_pause, can_resume) = match status.state {
            StatusState::NotSetUp => (Icon::NotSetUp, false, false, false),
            StatusState::UpToDate => (Icon::UpToDate, true, true, false),
            // Another one follows: what it is asked for may have come too late for this one.
            StatusState::Working => (Icon::Working, true, true, false),
            // For another time than the one that was chosen first.
            StatusState::Paused => (Icon::Paused, false, true, true),
            StatusState::NeedsAttention => (Icon::NeedsAttention, true, true, false),
            // Nothing is sent before the login has been tested again.
            StatusState::LoginRefused => (Icon::NeedsAttention, false, false, false),
        };
        let pause = |length, label| entry(Action::Pause(length), label, can_pause);
        Self {
            icon,
            tooltip: format!("{}: {}", crate::name(demo), status.text),
            items: vec![
                Item::Text(status.text.clone()),
                Item::Separator,
                Item::Entry(entry(Action::SyncNow, "Sync now", can_sync)),
                Item::Submenu {
                    label: "Pause",
                    enabled: can_pause,
                    entries: vec![
                        pause(Length::HOUR, "For an hour"),
                        pause(Length::UntilTomorrow, "Until tomorrow"),
                        pause(Length::UntilResumed, "Until resumed"),
                    ],
                },
                Item::Entry(entry(Action::Resume, "Resume", can_resume)),
                Item::Separator,
                Item::Entry(entry(Action::Open, "Open", true)),
                Item::Entry(entry(Action::Quit, "Quit", true)),
            ],
        }
    }

    /// All entries from the top, those of submenus in their place.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.items.iter().flat_map(|item| match item {
            Item::Entry(entry) => std::slice::from_ref(entry),
            Item::Submenu { entries, .. } => entries,
            Item::Text(_) | Item::Separator => &[],
        })
    }

    /// What the entry with this number (counted from the top) does, as long as it can be clicked.
    pub fn action_of(&self, number: usize) -> Option<Action> {
        let entry = self.entries().nth(number)?;
        entry.enabled.then_some(entry.action)
    }
}

fn entry(action: Action, label: &'static str, enabled: bool) -> Entry {
    Entry {
        action,
        label,
        enabled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(state: StatusState, text: &str) -> StatusView {
        StatusView {
            state,
            text: text.to_owned(),
            last_sync: None,
            paused_until: None,
            waiting: 0,
            needs_attention: 0,
            needs_review: 0,
            to_approve: 0,
        }
    }

    /// A menu as one line an item: `[ ]` cannot be clicked.
    fn drawn(state: StatusState, text: &str) -> String {
        let menu = Menu::of(&status(state, text), false);
        let button = |label: &str, enabled| {
            if enabled {
                format!("[{label}]")
            } else {
                format!("[ ] {label}")
            }
        };
        let items: Vec<_> = menu
            .items
            .iter()
            .flat_map(|item| match item {
                Item::Text(text) => vec![text.clone()],
                Item::Separator => vec!["--".to_owned()],
                Item::Entry(entry) => vec![button(entry.label, entry.enabled)],
                Item::Submenu {
                    label,
                    enabled,
                    entries,
                } => {
                    let below = entries
                        .iter()
                        .map(|entry| format!("> {}", button(entry.label, entry.enabled)));
                    std::iter::once(button(label, *enabled))
                        .chain(below)
                        .collect()
                }
            })
            .collect();
        format!("{:?}\n{}\n{}", menu.icon, menu.tooltip, items.join("\n"))
    }

    #[test]
    fn up_to_date() {
        insta::assert_snapshot!(
            drawn(StatusState::UpToDate, "Up to date, last sync 14:02"),
            @r"
        UpToDate
        Autotask Integration: Up to date, last sync 14:02
        Up to date, last sync 14:02
        --
        [Sync now]
        [Pause]
        > [For an hour]
        > [Until tomorrow]
        > [Until resumed]
        [ ] Resume
        --
        [Open]
        [Quit]
        "
        );
    }

    #[test]
    fn working_can_be_asked_for_another_sync() {
        insta::assert_snapshot!(
            drawn(StatusState::Working, "Sending tickets: 12 done, 40 left"),
            @r"
        Working
        Autotask Integration: Sending tickets: 12 done, 40 left
        Sending tickets: 12 done, 40 left
        --
        [Sync now]
        [Pause]
        > [For an hour]
        > [Until tomorrow]
        > [Until resumed]
        [ ] Resume
        --
        [Open]
        [Quit]
        "
        );
    }

    #[test]
    fn a_pause_can_be_ended_or_take_another_time() {
        insta::assert_snapshot!(
            drawn(StatusState::Paused, "Paused until 15:00"),
            @r"
        Paused
        Autotask Integration: Paused until 15:00
        Paused until 15:00
        --
        [ ] Sync now
        [Pause]
        > [For an hour]
        > [Until tomorrow]
        > [Until resumed]
        [Resume]
        --
        [Open]
        [Quit]
        "
        );
    }

    #[test]
    fn needs_attention_goes_on_syncing() {
        insta::assert_snapshot!(
            drawn(StatusState::NeedsAttention, "3 postings need attention"),
            @r"
        NeedsAttention
        Autotask Integration: 3 postings need attention
        3 postings need attention
        --
        [Sync now]
        [Pause]
        > [For an hour]
        > [Until tomorrow]
        > [Until resumed]
        [ ] Resume
        --
        [Open]
        [Quit]
        "
        );
    }

    #[test]
    fn a_refused_login_offers_nothing_that_would_send() {
        insta::assert_snapshot!(
            drawn(StatusState::LoginRefused, "Login refused. Nothing is sent."),
            @r"
        NeedsAttention
        Autotask Integration: Login refused. Nothing is sent.
        Login refused. Nothing is sent.
        --
        [ ] Sync now
        [ ] Pause
        > [ ] For an hour
        > [ ] Until tomorrow
        > [ ] Until resumed
        [ ] Resume
        --
        [Open]
        [Quit]
        "
        );
    }

    #[test]
    fn not_set_up_offers_the_window() {
        insta::assert_snapshot!(
            drawn(StatusState::NotSetUp, "Not set up yet"),
            @r"
        NotSetUp
        Autotask Integration: Not set up yet
        Not set up yet
        --
        [ ] Sync now
        [ ] Pause
        > [ ] For an hour
        > [ ] Until tomorrow
        > [ ] Until resumed
        [ ] Resume
        --
        [Open]
        [Quit]
        "
        );
    }

    #[test]
    fn the_places_of_the_items_never_change() {
        let shape = |state| -> Vec<_> {
            Menu::of(&status(state, "x"), true)
                .items
                .iter()
                .map(std::mem::discriminant)
                .collect()
        };
        for state in [
            StatusState::NotSetUp,
            StatusState::Working,
            StatusState::Paused,
            StatusState::NeedsAttention,
            StatusState::LoginRefused,
        ] {
            assert_eq!(shape(state), shape(StatusState::UpToDate));
        }
    }

    #[test]
    fn a_click_means_what_the_menu_said_when_it_was_drawn() {
        let paused = Menu::of(&status(StatusState::Paused, "x"), false);
        let working = Menu::of(&status(StatusState::Working, "x"), false);
        assert_eq!(working.action_of(0), Some(Action::SyncNow));
        assert_eq!(paused.action_of(0), None, "nothing is sent");
        assert_eq!(working.action_of(1), Some(Action::Pause(Length::HOUR)));
        assert_eq!(
            working.action_of(2),
            Some(Action::Pause(Length::UntilTomorrow))
        );
        assert_eq!(
            working.action_of(3),
            Some(Action::Pause(Length::UntilResumed))
        );
        assert_eq!(working.action_of(4), None, "nothing is paused");
        assert_eq!(paused.action_of(4), Some(Action::Resume));
        assert_eq!(paused.action_of(6), Some(Action::Quit));
        assert_eq!(paused.action_of(7), None);
    }
}
