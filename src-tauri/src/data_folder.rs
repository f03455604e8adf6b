//! Where the app keeps its data: the database, its lock, and the log.
//!
//! The platform's app-data folder unless `--data-dir` names another. The demo lives in a folder
//! of its own inside it and starts afresh each time; only files that the app itself made there
//! are removed, so that a folder that happens to be called `demo` is never emptied.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::outcome::Failure;

const FOLDER: &str = "autotask-integration";
const DEMO: &str = "demo";

/// The demo's database and its companions, by how their names begin.
const OWN_FILES: &str = "autotask-integration.";
/// Stay: another demo may just be waiting for the lock, and this run's log is in there already.
const KEPT: [&str; 2] = ["autotask-integration.lock", "logs"];

/// Exists once the person has been told that closing the window leaves the app in the tray.
pub const TOLD_ABOUT_TRAY: &str = "told-about-tray";

/// The folder of this run.
pub fn locate(data_dir: Option<&Path>, demo: bool) -> Result<PathBuf, Failure> {
    let base = match data_dir {
        Some(folder) => std::path::absolute(folder).map_err(|error| {
            Failure::usage(format!(
                "The data folder {} cannot be used: {error}.",
                folder.display()
            ))
        })?,
        None => usual().ok_or_else(|| {
            Failure::usage("The system names no folder for app data. Name one with --data-dir.")
        })?,
    };
    Ok(if demo { base.join(DEMO) } else { base })
}

fn usual() -> Option<PathBuf> {
    Some(dirs::data_dir()?.join(FOLDER))
}

/// Whether it may be another time in this folder than it is. What is done then (days that have their
/// digest, say) is not done again, so never in the folder of the app.
pub fn is_for_rehearsals(data_dir: Option<&Path>) -> Result<(), Failure> {
    let real = |path: &Path| {
        path.canonicalize()
            .or_else(|_| std::path::absolute(path))
            .ok()
    };
    let own = data_dir.and_then(real);
    if own.is_some() && own != usual().as_deref().and_then(real) {
        return Ok(());
    }
    Err(Failure::usage(
        "A rehearsal has a data folder of its own: name one with --data-dir that is not the app's. \
         Days and invoice dates that are done in it count as done, and are not made again.",
    ))
}

/// A short name for the folder, the same in every run: keeps the secrets and the single instance
/// of two data folders apart.
pub fn tag(folder: &Path) -> String {
    let digest = Sha256::digest(folder.as_os_str().as_encoded_bytes());
    digest.iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// Makes the folder of the log, which only its owner may read.
pub fn make_private(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// Removes what the last demo left. A folder that holds anything else is left as it is, and the
/// demo does not start in it.
pub fn clear_demo(folder: &Path) -> Result<(), Failure> {
    for path in demos_own(folder)? {
        let removed = if path.is_dir() {
            fs::remove_dir_all(&path)
        } else {
            fs::remove_file(&path)
        };
        removed.map_err(|error| cannot_clear(folder, &error))?;
    }
    Ok(())
}

/// Refuses a folder that holds anything but a demo's data.
pub fn is_demos(folder: &Path) -> Result<(), Failure> {
    demos_own(folder).map(drop)
}

fn demos_own(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(cannot_clear(folder, &error)),
    };
    let mut own = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| cannot_clear(folder, &error))?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if KEPT.contains(&&*name) {
            continue;
        }
        if !name.starts_with(OWN_FILES) && name != TOLD_ABOUT_TRAY {
            return Err(Failure::usage(format!(
                "The demo starts with an empty folder, and {} holds {name}, which is not the \
                 demo's. Move it away, or name another folder with --data-dir.",
                folder.display(),
            )));
        }
        own.push(entry.path());
    }
    Ok(own)
}

fn cannot_clear(folder: &Path, error: &io::Error) -> Failure {
    Failure::attention(format!(
        "The demo's folder {} cannot be made empty: {error}.",
        folder.display()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_has_its_own_folder_inside_the_data_folder() {
        let base = Path::new("/data");
        assert_eq!(locate(Some(base), false).unwrap(), base);
        assert_eq!(locate(Some(base), true).unwrap(), base.join("demo"));
    }

    #[test]
    fn two_folders_have_two_tags_and_one_folder_has_one() {
        assert_eq!(tag(Path::new("/a")), tag(Path::new("/a")));
        assert_ne!(tag(Path::new("/a")), tag(Path::new("/b")));
        assert_eq!(tag(Path::new("/a")).len(), 16);
    }

    #[test]
    fn a_new_demo_removes_what_the_last_one_left() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("autotask-integration.db"), "x").unwrap();
        fs::write(folder.path().join(TOLD_ABOUT_TRAY), "").unwrap();
        fs::create_dir(folder.path().join("logs")).unwrap();

        clear_demo(folder.path()).unwrap();

        let left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["logs"]);
    }

    #[test]
    fn a_demo_folder_with_someone_elses_file_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("autotask-integration.db"), "x").unwrap();
        fs::write(folder.path().join("thesis.odt"), "x").unwrap();

        let failure = clear_demo(folder.path()).unwrap_err();

        assert!(failure.message.contains("thesis.odt"), "{failure}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
    }
}
