//! A disk of the app's own, which can be full or read-only: the app runs in a mount namespace in which
//! its data folder is another file system. That is the real thing, with the kernel's own answers, for
//! root (whom no permission keeps from writing) as for anybody else.
//!
//! It needs a Linux that lets its users make namespaces; where it does not, the test fails and says
//! so.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::App;

/// The file system that the app sees as its data folder. Dropping it takes it away.
pub struct Disk {
    /// Keeps the namespace: it ends when its input does.
    keeper: Child,
    folder: PathBuf,
}

impl Disk {
    /// An empty disk of so many MiB. From now on the app runs on it.
    pub fn of_megabytes(size: u32, app: &mut App) -> Disk {
        let mount = format!(r#"mount -t tmpfs -o size={size}m,mode=700 tmpfs "$0""#);
        Disk::mounted(&mount, app)
    }

    /// The data folder as it is, but nothing can be written to it.
    pub fn read_only(app: &mut App) -> Disk {
        let mount = r#"mount --bind "$0" "$0" && mount -o remount,bind,ro "$0""#;
        Disk::mounted(mount, app)
    }

    fn mounted(mount: &str, app: &mut App) -> Disk {
        let folder = app.data();
        fs::create_dir_all(&folder).unwrap();
        let script = format!("{mount} && echo mounted && exec cat");
        let mut keeper = Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "sh", "-c", &script])
            .arg(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("unshare of util-linux: {error}"));
        let mut line = String::new();
        let mut out = BufReader::new(keeper.stdout.as_mut().unwrap());
        out.read_line(&mut line).unwrap();
        assert_eq!(
            line, "mounted\n",
            "this test needs user namespaces: what was written to stderr says why there are none"
        );
        let id = keeper.id().to_string();
        let words = ["--user", "--mount", "--preserve-credentials", "--target"];
        let mut enter: Vec<OsString> = vec!["nsenter".into()];
        enter.extend(words.map(OsString::from));
        enter.extend([id.into(), "--".into()]);
        app.set_inside(enter);
        Disk { keeper, folder }
    }

    /// Where this process finds a file of the data folder.
    pub fn path(&self, name: &str) -> PathBuf {
        let inside = self.folder.strip_prefix("/").unwrap();
        let root = format!("/proc/{}/root", self.keeper.id());
        Path::new(&root).join(inside).join(name)
    }

    /// Leaves so many bytes, in whole pages.
    pub fn fill_up_to(&self, left: usize) {
        let mut ballast = File::create(self.path(BALLAST)).unwrap();
        for size in [1 << 16, 1 << 12] {
            while let Ok(()) = written(&mut ballast, size) {}
        }
        let size = ballast.metadata().unwrap().len();
        let left = u64::try_from(left).unwrap();
        ballast.set_len(size.saturating_sub(left)).unwrap();
    }

    pub fn make_room(&self) {
        fs::remove_file(self.path(BALLAST)).unwrap();
    }
}

const BALLAST: &str = "ballast";

/// Ends at the first that does not fit.
fn written(file: &mut File, size: usize) -> io::Result<()> {
    let result = file.write_all(&vec![7; size]);
    if let Err(error) = &result {
        assert_eq!(error.kind(), ErrorKind::StorageFull, "{error}");
    }
    result
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
