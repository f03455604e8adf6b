//! The tray as a value: what is drawn follows from the state alone.
//!
//! The menu always has the same items in the same places, because replacing a menu that is open
//! crashes on some desktops: only texts and what can be clicked change. A back end
//! (`gui::tray_icon`) draws it and skips what has not changed.

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
    Pause,
    Resume,
    Open,
    Quit,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A line that says something and cannot be clicked.
    Text(String),
    Separator,
    Entry {
        action: Action,
        label: &'static str,
        enabled: bool,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Menu {
    pub icon: Icon,
    pub tooltip: String,
    pub items: Vec<Item>,
}

impl Menu {
    pub fn of(status: &StatusView, demo: bool) -> Self {
        let (icon, can_sync, paused) = match status.state {
            StatusState::NotSetUp => (Icon::NotSetUp, false, false),
            StatusState::UpToDate => (Icon::UpToDate, true, false),
            StatusState::Working => (Icon::Working, false, false),
            StatusState::Paused => (Icon::Paused, false, true),
            StatusState::NeedsAttention => (Icon::NeedsAttention, true, false),
            // Nothing is sent before the login has been tested again.
            StatusState::LoginRefused => (Icon::NeedsAttention, false, false),
        };
        let can_pause = match status.state {
            StatusState::UpToDate
            | StatusState::Working
            | StatusState::Paused
            | StatusState::NeedsAttention => true,
            StatusState::NotSetUp | StatusState::LoginRefused => false,
        };
        let pause = if paused {
            entry(Action::Resume, "Resume", true)
        } else {
            entry(Action::Pause, "Pause", can_pause)
        };
        Self {
            icon,
            tooltip: format!("{}: {}", crate::name(demo), status.text),
            items: vec![
                Item::Text(status.text.clone()),
                Item::Separator,
                entry(Action::SyncNow, "Sync now", can_sync),
                pause,
                Item::Separator,
                entry(Action::Open, "Open", true),
                entry(Action::Quit, "Quit", true),
            ],
        }
    }

    /// What the item at `position` does, as long as it can be clicked.
    pub fn action_at(&self, position: usize) -> Option<Action> {
        match self.items.get(position)? {
            Item::Entry {
                action,
                enabled: true,
                ..
            } => Some(*action),
            Item::Entry { .. } | Item::Text(_) | Item::Separator => None,
        }
    }
}

fn entry(action: Action, label: &'static str, enabled: bool) -> Item {
    Item::Entry {
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
        }
    }

    /// A menu as one line an item: `[ ]` cannot be clicked.
    fn drawn(state: StatusState, text: &str) -> String {
        let menu = Menu::of(&status(state, text), false);
        let items: Vec<_> = menu
            .items
            .iter()
            .map(|item| match item {
                Item::Text(text) => text.clone(),
                Item::Separator => "--".to_owned(),
                Item::Entry { label, enabled, .. } if *enabled => format!("[{label}]"),
                Item::Entry { label, .. } => format!("[ ] {label}"),
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
        --
        [Open]
        [Quit]
        "
        );
    }

    #[test]
    fn working_cannot_be_started_again() {
        insta::assert_snapshot!(
            drawn(StatusState::Working, "Sending tickets: 12 done, 40 left"),
            @r"
        Working
        Autotask Integration: Sending tickets: 12 done, 40 left
        Sending tickets: 12 done, 40 left
        --
        [ ] Sync now
        [Pause]
        --
        [Open]
        [Quit]
        "
        );
    }

    #[test]
    fn paused_can_be_resumed() {
        insta::assert_snapshot!(
            drawn(StatusState::Paused, "Paused until 15:00"),
            @r"
        Paused
        Autotask Integration: Paused until 15:00
        Paused until 15:00
        --
        [ ] Sync now
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
        assert_eq!(paused.action_at(3), Some(Action::Resume));
        assert_eq!(working.action_at(3), Some(Action::Pause));
        assert_eq!(working.action_at(2), None);
        assert_eq!(working.action_at(0), None);
        assert_eq!(working.action_at(99), None);
    }
}
