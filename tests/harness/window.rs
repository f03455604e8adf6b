//! The app in a real window: an X server, a session bus and a WebDriver of its own for each test,
//! so that single instance, keychain and display of one test are none of another's.
//!
//! WebKitWebDriver starts the program itself and needs `TAURI_WEBVIEW_AUTOMATION` in its
//! environment; the program needs no flag for it.

#![allow(
    dead_code,
    clippy::allow_attributes,
    reason = "each test binary uses a part of it"
)]

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{
    AtomEnum, ClientMessageEvent, ConnectionExt, EventMask, MapState, Window,
};

/// How long a test waits for something on the screen. Only a failing test waits that long.
const PATIENCE: Duration = Duration::from_secs(60);

/// A display, a session bus and a home folder.
pub struct Desktop {
    xvfb: Child,
    bus: Option<Child>,
    others: Vec<Child>,
    environment: Vec<(String, String)>,
    home: tempfile::TempDir,
    pub display: String,
    pub bus_address: String,
}

impl Desktop {
    pub fn new() -> Desktop {
        let mut desktop = Desktop::without_a_session_bus();
        // What it starts on demand, the keychain above all, belongs to this desktop's home.
        let mut bus = desktop.command("dbus-daemon");
        bus.args(["--session", "--print-address", "--nofork"])
            .env_remove("DBUS_SESSION_BUS_ADDRESS");
        let (bus, bus_address) = first_line(&mut bus);
        desktop.bus = Some(bus);
        desktop.bus_address = bus_address;
        desktop
    }

    /// As after `su`, or on a bare X server: nothing answers at the bus's address.
    pub fn without_a_session_bus() -> Desktop {
        let (xvfb, number) = first_line(Command::new("Xvfb").args([
            "-displayfd",
            "1",
            "-screen",
            "0",
            "1400x1000x24",
            "-nolisten",
            "tcp",
        ]));
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join("run")).unwrap();
        Desktop {
            xvfb,
            bus: None,
            others: Vec::new(),
            environment: Vec::new(),
            home,
            display: format!(":{number}"),
            bus_address: "unix:path=/nowhere/bus".to_owned(),
        }
    }

    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Sets a variable for what is started on this desktop from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// A command that sees this desktop and nothing of the one it was started from.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.display)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus_address)
            .env("HOME", self.home.path())
            .env("XDG_RUNTIME_DIR", self.home.path().join("run"))
            .env("XDG_CONFIG_HOME", self.home.path().join("config"))
            .env("XDG_DATA_HOME", self.home.path().join("share"))
            .env("XDG_CACHE_HOME", self.home.path().join("cache"))
            .env("GDK_BACKEND", "x11")
            .env("LIBGL_ALWAYS_SOFTWARE", "1")
            .env("NO_AT_BRIDGE", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env_remove("WAYLAND_DISPLAY")
            .env_remove("AUTOTASK_PASSWORD")
            .env_remove("CLOUD_DIRECT_TOKEN");
        command
    }

    /// The program, as a person would start it on this desktop.
    pub fn app(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_autotask-integration"));
        command.args(arguments);
        command
    }

    /// Starts something that lives as long as the desktop.
    pub fn keep(&mut self, command: &mut Command) {
        self.others.push(command.process_group(0).spawn().unwrap());
    }

    /// Opens the app through WebDriver.
    pub async fn open(&mut self, arguments: &[&str]) -> Page {
        let port = free_port();
        let mut driver = self.command("WebKitWebDriver");
        driver
            .arg(format!("--port={port}"))
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .stdout(Stdio::null());
        self.keep(&mut driver);
        until("WebKitWebDriver listens", async || {
            tokio::net::TcpStream::connect(("127.0.0.1", port))
                .await
                .ok()
        })
        .await;

        let capabilities = serde_json::json!({
            "webkitgtk:browserOptions": {
                "binary": env!("CARGO_BIN_EXE_autotask-integration"),
                "args": arguments,
            }
        });
        let client = ClientBuilder::rustls()
            .unwrap()
            .capabilities(capabilities.as_object().unwrap().clone())
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .unwrap_or_else(|error| panic!("no WebDriver session: {error}"));
        Page { client }
    }

    /// Presses the close button of the app's window, as a window manager would.
    pub fn close_window(&self) {
        let (connection, screen) = x11rb::connect(Some(&self.display)).unwrap();
        let protocols = atom(&connection, b"WM_PROTOCOLS");
        let delete = atom(&connection, b"WM_DELETE_WINDOW");
        let open = app_windows(&connection, screen);
        assert_eq!(open.len(), 1, "windows of the app that are open");
        let event = ClientMessageEvent::new(
            32,
            open[0],
            protocols,
            [delete, x11rb::CURRENT_TIME, 0, 0, 0],
        );
        connection
            .send_event(false, open[0], EventMask::NO_EVENT, event)
            .unwrap();
        // An answer, so that the server has read the event before the connection goes.
        connection.get_input_focus().unwrap().reply().unwrap();
    }

    /// Waits until so many windows of the app can be seen.
    pub async fn until_windows(&self, count: usize) {
        let seen = in_time(async || (self.windows() == count).then_some(())).await;
        assert!(
            seen.is_some(),
            "waited in vain until the app has {count} windows, it has {}",
            self.windows()
        );
    }

    /// How many windows of the app can be seen.
    pub fn windows(&self) -> usize {
        let (connection, screen) = x11rb::connect(Some(&self.display)).unwrap();
        app_windows(&connection, screen).len()
    }
}

fn app_windows(connection: &impl Connection, screen: usize) -> Vec<Window> {
    let root = connection.setup().roots[screen].root;
    let mut windows = connection
        .query_tree(root)
        .unwrap()
        .reply()
        .unwrap()
        .children;
    windows.retain(|window| {
        // A window can go while it is looked at.
        let name = connection
            .get_property(false, *window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64)
            .unwrap()
            .reply();
        let attributes = connection.get_window_attributes(*window).unwrap().reply();
        name.is_ok_and(|name| String::from_utf8_lossy(&name.value).contains("Autotask Integration"))
            && attributes.is_ok_and(|attributes| attributes.map_state == MapState::VIEWABLE)
    });
    windows
}

impl Desktop {
    /// What a failed test leaves: a picture of the display, and on stderr the program's logs.
    #[expect(clippy::print_stderr, reason = "where a failed test speaks")]
    fn tell_of_the_failure(&self) {
        let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("display-that-failed.png");
        // ImageMagick's, where it is installed.
        let taken = self
            .command("import")
            .args(["-window", "root"])
            .arg(&picture)
            .status();
        if taken.is_ok_and(|status| status.success()) {
            eprintln!("the display is in {}", picture.display());
        }
        let logs = self.home().join("data").join("logs");
        for log in std::fs::read_dir(logs).into_iter().flatten().flatten() {
            let text = std::fs::read_to_string(log.path()).unwrap_or_default();
            eprintln!("{}:\n{text}", log.path().display());
        }
    }
}

impl Drop for Desktop {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.tell_of_the_failure();
        }
        for child in &mut self.others {
            // The group: WebKitWebDriver starts the app, and that its web processes.
            Command::new("kill")
                .args(["-KILL", "--", &format!("-{}", child.id())])
                .stderr(Stdio::null())
                .status()
                .ok();
            child.wait().ok();
        }
        for child in self.bus.iter_mut().chain([&mut self.xvfb]) {
            child.kill().ok();
            child.wait().ok();
        }
    }
}

/// The page in the open window.
pub struct Page {
    pub client: Client,
}

impl Page {
    /// The element with this `data-testid`, once it is there.
    pub async fn find(&self, id: &str) -> Element {
        self.find_with(id, "").await
    }

    /// The element with this `data-testid` that also matches the selector, once it is there.
    pub async fn find_with(&self, id: &str, selector: &str) -> Element {
        let found = self
            .client
            .wait()
            .at_most(PATIENCE)
            .for_element(Locator::Css(&format!("[data-testid='{id}']{selector}")))
            .await
            .map_err(|error| format!("no {id}{selector} on the page: {error}"));
        match found {
            Ok(element) => element,
            Err(message) => self.give_up(&message).await,
        }
    }

    /// Waits until `probe` finds something on the page.
    pub async fn until<T>(&self, what: &str, probe: impl AsyncFn() -> Option<T>) -> T {
        match in_time(probe).await {
            Some(found) => found,
            None => self.give_up(&format!("waited in vain until {what}")).await,
        }
    }

    /// Ends the test with the message, and leaves a picture of what the page showed.
    async fn give_up(&self, message: &str) -> ! {
        let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join("window-that-failed.png");
        self.screenshot(&picture).await;
        panic!("{message}; the page is in {}", picture.display());
    }

    /// All elements that match the selector now.
    pub async fn all(&self, selector: &str) -> Vec<Element> {
        self.client.find_all(Locator::Css(selector)).await.unwrap()
    }

    pub async fn click(&self, id: &str) {
        let element = self.find(id).await;
        self.until(&format!("{id} can be clicked"), async || {
            // A click on what is disabled is none, and no error either.
            if !element.is_enabled().await.ok()? {
                return None;
            }
            if element.click().await.is_ok() {
                return Some(());
            }
            // It may be in sight only in part, under something that does not scroll.
            let script = format!(
                "document.querySelector('[data-testid={id}]')?.scrollIntoView({{block: 'center'}})"
            );
            self.client.execute(&script, Vec::new()).await.ok()?;
            None
        })
        .await;
    }

    pub async fn fill(&self, id: &str, text: &str) {
        let element = self.find(id).await;
        element.clear().await.unwrap();
        element.send_keys(text).await.unwrap();
    }

    /// Types the name into the combobox and takes the first account offered, by the keyboard: a
    /// list that is still getting shorter cannot be hit with the pointer.
    pub async fn choose_account(&self, field: &Element, name: &str) {
        field.click().await.unwrap();
        field.send_keys(name).await.unwrap();
        self.until(
            &format!("only accounts like {name} are offered"),
            async || {
                let offered = self.all("[data-testid='account-option']").await;
                for option in &offered {
                    if !option.text().await.ok()?.starts_with(name) {
                        return None;
                    }
                }
                // While the next answer is awaited the last one's accounts still stand there, and
                // none of them would be taken.
                field.attr("aria-activedescendant").await.ok()??;
                (!offered.is_empty()).then_some(())
            },
        )
        .await;
        field.send_keys("\u{e007}").await.unwrap();
    }

    pub async fn text(&self, id: &str) -> String {
        self.find(id).await.text().await.unwrap()
    }

    /// Waits until the element's text fulfils the condition, and gives it.
    pub async fn text_that(&self, id: &str, condition: impl Fn(&str) -> bool) -> String {
        self.until(&format!("the text of {id} is as wanted"), async || {
            let elements = self.all(&format!("[data-testid='{id}']")).await;
            let text = elements.first()?.text().await.ok()?;
            condition(&text).then_some(text)
        })
        .await
    }

    /// Turns to the window that is open now, after another one was closed.
    pub async fn turn_to_the_open_window(&self) {
        until("WebDriver knows the new window", async || {
            let windows = self.client.windows().await.ok()?;
            self.client
                .switch_to_window(windows.into_iter().next()?)
                .await
                .ok()
        })
        .await;
    }

    /// Saves what the page shows as a PNG, once it has been painted.
    pub async fn screenshot(&self, file: &Path) {
        let painted = "const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 0)));";
        self.client
            .execute_async(painted, Vec::new())
            .await
            .unwrap();
        std::fs::write(file, self.client.screenshot().await.unwrap()).unwrap();
    }
}

/// Waits until `probe` finds something; panics with `what` when it never does.
pub async fn until<T>(what: &str, probe: impl AsyncFn() -> Option<T>) -> T {
    match in_time(probe).await {
        Some(found) => found,
        None => panic!("waited in vain until {what}"),
    }
}

async fn in_time<T>(probe: impl AsyncFn() -> Option<T>) -> Option<T> {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut turn = tokio::time::interval(Duration::from_millis(50));
    while tokio::time::Instant::now() < deadline {
        turn.tick().await;
        if let Some(found) = probe().await {
            return Some(found);
        }
    }
    None
}

fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0))
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}

/// Starts a program that says on its first line where it can be reached.
fn first_line(command: &mut Command) -> (Child, String) {
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| {
            panic!(
                "{:?} does not start ({error}); cargo xtask test installs it",
                command.get_program()
            )
        });
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    (child, line.trim().to_owned())
}

fn atom(connection: &impl Connection, name: &[u8]) -> u32 {
    connection
        .intern_atom(false, name)
        .unwrap()
        .reply()
        .unwrap()
        .atom
}
