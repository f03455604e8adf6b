use std::{
    io::Write,
    sync::{Arc, Mutex},
};

use simulator::{Config, What, When};
use sync::{activity, clock::Clock as _, test_ticket};

use crate::world::{BOTH, World, bytes_of, config};

const PASSWORD: &str = "canary-password-3f9b<&>\"'";
const TOKEN: &str = "canary-token-81c2";

/// Keeps what is logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[track_caller]
fn assert_clean(what: &str, bytes: &[u8]) {
    for secret in ["canary-password-3f9b", TOKEN] {
        let found = bytes
            .windows(secret.len())
            .any(|window| window == secret.as_bytes());
        assert!(!found, "{secret} is in {what}");
    }
}

/// The log level is the whole process's, so this is one test with everything in it.
#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_in_no_file_log_error_or_screen_whatever_goes_wrong() {
    let log = Log::default();
    let kept = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing_subscriber::filter::LevelFilter::TRACE)
        .with_writer(move || kept.clone())
        .init();
    let mut said = Vec::new();
    for api in BOTH {
        for what in [
            None,
            Some(What::HtmlPage),
            Some(What::DropAfter),
            Some(What::Truncate),
            Some(What::Status(500)),
            Some(What::LoginRevoked),
        ] {
            let config = Config {
                password: PASSWORD.to_owned(),
                token: TOKEN.to_owned(),
                ..config(3, 30)
            };
            let world = World::mapped(api, config).await;
            if let Some(what) = what {
                world.fault("Tickets", When::EveryNth(2), what);
            }
            said.push(format!("{:?} {:?}", world.connection, world.store));
            for _ in 0..3 {
                said.push(match world.pass().await {
                    Ok(report) => format!("{report:?}"),
                    Err(error) => format!("{error} {error:?}"),
                });
            }
            let account = world.simulator.autotask().companies()[1].id;
            let client = &world.connection.autotask;
            said.push(
                match test_ticket::send(&world.store, client, account, &world.clock).await {
                    Ok(ticket) => format!("{ticket:?}"),
                    Err(error) => format!("{error} {error:?}"),
                },
            );
            let now = world.clock.now();
            for id in 1..40 {
                said.extend(activity::details(&world.store, id, now).unwrap());
            }
            let mut export = Vec::new();
            activity::export_csv(&world.store, &mut export, now).unwrap();
            said.push(String::from_utf8(export).unwrap());
            assert_clean("the data folder", &bytes_of(world.folder.path()));
            let settings = world.store.settings().unwrap();
            said.push(format!(
                "{settings:?} {}",
                serde_json::to_string(&settings).unwrap()
            ));
        }
    }
    assert_clean("what was said", said.join("\n").as_bytes());
    let logged = log.0.lock().unwrap();
    assert!(!logged.is_empty());
    assert_clean("the log", &logged);
}
