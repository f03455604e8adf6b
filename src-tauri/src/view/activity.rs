//! What went out or waits, as the Activity screen shows it.

use sync::activity::{Filter, Page, Row};
use sync::outbox::State;

use super::{ActivityFilter, ActivityPage, ActivityRow, ActivityState, NoticeRow};

impl From<Page> for ActivityPage {
    fn from(page: Page) -> Self {
        let counts = page.counts;
        Self {
            rows: page.rows.into_iter().map(ActivityRow::from).collect(),
            total: counts.waiting + counts.needs_attention + counts.done,
            sent: counts.done,
            waiting: counts.waiting,
            needs_attention: counts.needs_attention,
            more: page.more,
            notices: page
                .notices
                .into_iter()
                .map(|notice| NoticeRow {
                    time: notice.at.to_string(),
                    text: notice.text,
                })
                .collect(),
        }
    }
}

impl From<Row> for ActivityRow {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            time: row.time.to_string(),
            organization: row.organization,
            account: row.account,
            what: row.what,
            title: row.title,
            state: row.state.into(),
            state_text: row.state_text,
            ticket_id: row.ticket_id,
            ticket_number: row.ticket_number,
            error: row.error,
            next_attempt: row.next_attempt.map(|at| at.to_string()),
            can_retry: row.can_retry,
        }
    }
}

impl From<State> for ActivityState {
    fn from(state: State) -> Self {
        match state {
            State::Planned => ActivityState::Waiting,
            State::Sending => ActivityState::Sending,
            State::Done => ActivityState::Done,
            State::Unclear => ActivityState::Unclear,
            State::NeedsAttention => ActivityState::NeedsAttention,
        }
    }
}

impl From<ActivityFilter> for Filter {
    fn from(filter: ActivityFilter) -> Self {
        match filter {
            ActivityFilter::All => Filter::All,
            ActivityFilter::Sent => Filter::Sent,
            ActivityFilter::Waiting => Filter::Waiting,
            ActivityFilter::NeedsAttention => Filter::NeedsAttention,
        }
    }
}
