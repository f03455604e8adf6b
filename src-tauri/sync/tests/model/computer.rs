//! One installation: its database, its clock, and the book of what it has to do.

use std::{
    collections::HashMap,
    path::Path,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use cloud_direct::{Folder, FolderOptions, Portal, PortalOptions, Source};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use simulator::Simulator;
use sync::{
    activity,
    clock::{Clock as _, ManualClock},
    connect::{self, Connection},
    login, outbox,
    pass::{self, Limits, PassError, Report},
    store::Store,
};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::{
    random::Random,
    reference::{Book, Key, Stage},
    tap::{Event, Notebook, Tap},
    world,
};

/// How a pass ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    ByItself,
    /// Stopped after so many turns of the scheduler.
    Cancelled(Turns),
    /// Dropped, as when the program is killed: what it has sent goes on alone.
    Killed(Turns),
}

/// So many turns of the scheduler, which gives one to everybody who can go on: this pass, its calls, the
/// services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turns {
    OfThePass(u32),
    /// Counted from the first look-up on.
    OfSending(u32),
}

/// Where a computer's jobs come from.
#[derive(Clone)]
pub enum Origin {
    Portal(Arc<Portal>),
    Folder(Arc<TempDir>),
}

impl Origin {
    pub fn portal(simulator: &Simulator) -> Self {
        let address = simulator.addresses().cloud_direct.to_string();
        let token = simulator.logins().token.clone().into();
        let portal = Portal::new(&address, token, PortalOptions::default());
        Origin::Portal(Arc::new(portal.unwrap()))
    }

    fn open(&self, store: &Store) -> Arc<dyn Source> {
        match self {
            Origin::Portal(portal) => Arc::clone(portal) as Arc<dyn Source>,
            Origin::Folder(exports) => {
                // Long after the files were written, so that they have all stopped growing.
                let later: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
                let mut options = FolderOptions::new(TimeZone::UTC, Arc::new(move || later));
                let known = store.known_files();
                options.known = Arc::new(move |hash| {
                    let known = known.read().unwrap_or_else(PoisonError::into_inner);
                    known.contains(hash)
                });
                Arc::new(Folder::new(exports.path().to_owned(), options))
            }
        }
    }
}

struct Open {
    store: Store,
    connection: Connection,
}

pub struct Computer {
    folder: TempDir,
    open: Option<Open>,
    origin: Origin,
    mixes: Option<Arc<Mutex<Random>>>,
    notebook: Notebook,
    /// Of each posting, and whether it is a test ticket's: they stay as they are.
    keys: HashMap<i64, (Key, bool)>,
    pub clock: ManualClock,
    /// How far its clock is from the right time.
    pub offset: SignedDuration,
    pub book: Book,
    /// Its passes give way to the next one after each portion.
    pub hurried: bool,
}

/// A posting as the store tells of it.
#[derive(Debug)]
pub struct Told {
    pub id: i64,
    pub key: Key,
    pub test: bool,
    pub stage: Stage,
    /// Its request may be on its way right now.
    pub sending: bool,
    pub ticket_id: Option<i64>,
}

/// A folder where waiting for the disk costs nothing, if there is one.
pub fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.unwrap()
}

impl Computer {
    /// With an empty database. `prepare` saves the settings.
    pub async fn new(
        simulator: &Simulator,
        (origin, mixes): (Origin, Option<Arc<Mutex<Random>>>),
        (book, offset): (Book, SignedDuration),
        prepare: impl FnOnce(&Store),
    ) -> Self {
        let folder = folder();
        prepare(&Store::open(folder.path()).unwrap());
        let mut computer = Self {
            folder,
            open: None,
            origin,
            mixes,
            notebook: Notebook::default(),
            keys: HashMap::new(),
            clock: ManualClock::new(simulator.now() + offset),
            offset,
            book,
            hurried: false,
        };
        computer.start(simulator).await;
        computer
    }

    /// The program starts; if it runs, it ends first.
    pub async fn start(&mut self, simulator: &Simulator) {
        self.open = None;
        let store = Store::open(self.folder.path()).unwrap();
        let tap = Tap {
            source: self.origin.open(&store),
            notebook: self.notebook.clone(),
            mixes: self.mixes.clone(),
        };
        let password = world::secrets(simulator).autotask_password;
        let connection = Connection {
            autotask: connect::connect_autotask(&store, &password).await.unwrap(),
            source: Box::new(tap),
        };
        self.open = Some(Open { store, connection });
    }

    pub fn store(&self) -> &Store {
        &self.open.as_ref().unwrap().store
    }

    pub fn autotask(&self) -> &autotask::Client {
        &self.open.as_ref().unwrap().connection.autotask
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Runs a pass. `None`: it was killed.
    pub async fn pass(&mut self, end: End) -> Option<Result<Report, PassError>> {
        self.notebook.begin();
        let Open { store, connection } = self.open.as_ref().unwrap();
        let cancel = CancellationToken::new();
        let limits = Limits {
            gives_way: self.hurried.then_some(Duration::ZERO),
            ..Limits::default()
        };
        let on_progress = |progress| self.notebook.on_progress(progress);
        let pass = pass::run(
            store,
            connection,
            &self.clock,
            &limits,
            &cancel,
            &on_progress,
        );
        match end {
            End::ByItself => Some(pass.await),
            End::Killed(turns) => within(pass, || self.is_over(turns)).await,
            End::Cancelled(turns) => {
                let mut pass = pin!(pass);
                match within(pass.as_mut(), || self.is_over(turns)).await {
                    Some(answer) => Some(answer),
                    None => {
                        cancel.cancel();
                        Some(pass.await)
                    }
                }
            }
        }
    }

    fn is_over(&self, turns: Turns) -> bool {
        let counted = self.notebook.turn();
        match turns {
            Turns::OfThePass(most) => counted.of_the_pass > most,
            Turns::OfSending(most) => counted.of_sending > most,
        }
    }

    /// What happened in the last pass.
    pub fn events(&self) -> Vec<Event> {
        self.notebook.take()
    }

    /// Somebody tests both logins.
    pub async fn test_logins(&mut self, simulator: &Simulator) {
        let secrets = world::secrets(simulator);
        let settings = self.store().settings().unwrap();
        let password = &secrets.autotask_password;
        let token = secrets.cloud_direct_token.as_ref();
        let Open { store, connection } = self.open.as_mut().unwrap();
        login::test_autotask(store, &settings.autotask, password, &self.clock, &|_| {}).await;
        let (source, general) = (&settings.cloud_direct, &settings.general);
        login::test_cloud_direct(store, source, general, token, &self.clock, &|_| {}).await;
        connection.autotask = connect::connect_autotask(store, password).await.unwrap();
    }

    /// All postings.
    pub fn postings(&mut self) -> Vec<Told> {
        let filter = activity::Filter::All;
        let page = activity::query(self.store(), filter, "", None, 500, self.now()).unwrap();
        assert!(!page.more, "more postings than are looked at");
        let rows = page.rows.into_iter();
        rows.map(|row| self.told(&row)).collect()
    }

    fn told(&mut self, row: &activity::Row) -> Told {
        let store = &self.open.as_ref().unwrap().store;
        let key_of = || {
            let posting = store.posting(row.id).unwrap().unwrap();
            (posting.key, posting.test)
        };
        let (key, test) = self.keys.entry(row.id).or_insert_with(key_of).clone();
        let stage = match row.state {
            outbox::State::Planned => Stage::Planned,
            outbox::State::Sending | outbox::State::Unclear => Stage::Unclear,
            outbox::State::NeedsAttention => Stage::NeedsAttention,
            outbox::State::Done => Stage::Done,
        };
        Told {
            id: row.id,
            key,
            test,
            stage,
            sending: row.state == outbox::State::Sending,
            ticket_id: row.ticket_id,
        }
    }
}

/// Does the work until it is over, asking before each turn. It gets one whether or not it can go on.
pub async fn within<T>(work: impl Future<Output = T>, is_over: impl Fn() -> bool) -> Option<T> {
    let mut work = pin!(work);
    std::future::poll_fn(|context| {
        if is_over() {
            return Poll::Ready(None);
        }
        context.waker().wake_by_ref();
        work.as_mut().poll(context).map(Some)
    })
    .await
}
