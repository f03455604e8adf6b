//! The page: Node.js is checked, its packages installed, `ui/dist` built, each only when stale.
//!
//! The packages are stale when npm's own record of what it installed is older than the lock file. The
//! built page is stale when the contents of its sources differ from those it was built from.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, bail};

use super::Installing;
use crate::process::{npm, output_of, run};
use crate::project::Project;

/// Installs the page's packages.
pub fn prepare_packages(project: &Project, installing: Installing) -> Result<()> {
    let page = project.page();
    let lock = page.join("package-lock.json");
    if !lock.is_file() {
        bail!("the page is not there: {} is missing", lock.display());
    }
    check_node()?;
    if !packages_are_stale(
        changed(&lock),
        changed(&page.join("node_modules/.package-lock.json")),
    ) {
        return Ok(());
    }
    if installing == Installing::Forbidden {
        bail!("the page's packages are missing or old; in `ui`, run: npm ci");
    }
    println!("==> The page's packages");
    run(npm(&page).args(["ci", "--no-audit", "--no-fund"]))
}

/// Builds the page.
pub fn prepare_build(project: &Project) -> Result<()> {
    let page = project.page();
    let record = project.scratch().join("page-built-from");
    let sources = fingerprint(&files_below(&page, &["node_modules", "dist"])?);
    let is_built = page.join("dist/index.html").is_file();
    if is_built && fs::read_to_string(&record).is_ok_and(|built_from| built_from == sources) {
        return Ok(());
    }
    println!("==> The page");
    run(npm(&page).args(["run", "build"]))?;
    fs::create_dir_all(project.scratch())
        .and_then(|()| fs::write(&record, sources))
        .with_context(|| format!("writing {}", record.display()))
}

/// All files below a folder with their contents, by their path in it, without the named folders.
pub fn files_below(folder: &Path, without: &[&str]) -> Result<BTreeMap<String, Vec<u8>>> {
    let mut files = BTreeMap::new();
    collect(folder, folder, without, &mut files)
        .with_context(|| format!("reading {}", folder.display()))?;
    Ok(files)
}

fn collect(
    root: &Path,
    folder: &Path,
    without: &[&str],
    files: &mut BTreeMap<String, Vec<u8>>,
) -> std::io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path
            .strip_prefix(root)
            .unwrap_or(&path)
            .to_string_lossy()
            .into_owned();
        if without.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            collect(root, &path, without, files)?;
        } else {
            files.insert(name, fs::read(&path)?);
        }
    }
    Ok(())
}

fn fingerprint(files: &BTreeMap<String, Vec<u8>>) -> String {
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn packages_are_stale(locked: Option<SystemTime>, installed: Option<SystemTime>) -> bool {
    match (locked, installed) {
        (Some(locked), Some(installed)) => installed < locked,
        (None, _) | (_, None) => true,
    }
}

fn changed(file: &Path) -> Option<SystemTime> {
    fs::metadata(file).and_then(|data| data.modified()).ok()
}

fn check_node() -> Result<()> {
    const WANTED: &str = "Node.js 22.12 or newer is needed (of the older ones, 20.19 and later 20s), with npm: https://nodejs.org";
    let Some(version) = output_of(Command::new("node").arg("--version")) else {
        bail!("{WANTED}. There is no `node` on the search path");
    };
    let version = version.trim();
    if !node_will_do(version) {
        bail!("{WANTED}. Here is {version}");
    }
    if output_of(npm(Path::new(".")).arg("--version")).is_none() {
        bail!("{WANTED}. There is Node.js {version}, but no `npm` on the search path");
    }
    Ok(())
}

/// Vite's own demand: 20.19 and later of that line, 22.12 and later.
fn node_will_do(version: &str) -> bool {
    let mut numbers = version
        .trim_start_matches('v')
        .split('.')
        .map_while(|number| number.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => {
            major > 22 || (major == 22 && minor >= 12) || (major == 20 && minor >= 19)
        }
        (_, None) | (None, _) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_versions_of_node_that_the_page_builds_with() {
        for version in ["v20.19.0", "v20.20.2", "v22.12.0", "v23.0.0", "v24.1.0"] {
            assert!(node_will_do(version), "{version}");
        }
        for version in [
            "v18.20.4", "v20.18.1", "v21.7.3", "v22.11.0", "", "node", "v20",
        ] {
            assert!(!node_will_do(version), "{version}");
        }
    }

    #[test]
    fn packages_are_stale_when_missing_or_older_than_the_lock_file() {
        let then = SystemTime::UNIX_EPOCH;
        let later = then + Duration::from_secs(1);
        assert!(!packages_are_stale(Some(then), Some(later)));
        assert!(!packages_are_stale(Some(then), Some(then)));
        assert!(packages_are_stale(Some(later), Some(then)));
        assert!(packages_are_stale(Some(then), None));
    }

    #[test]
    fn the_fingerprint_follows_contents_and_names_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let now = || fingerprint(&files_below(folder.path(), &["node_modules", "dist"]).unwrap());
        write("src/app.ts", "one");
        write("index.html", "page");
        let before = now();

        write("node_modules/svelte/index.js", "package");
        write("dist/index.html", "built");
        write("src/app.ts", "one");
        assert_eq!(now(), before, "the same sources");

        write("src/app.ts", "two");
        assert_ne!(now(), before, "another content");

        write("src/app.ts", "one");
        fs::rename(
            folder.path().join("index.html"),
            folder.path().join("main.html"),
        )
        .unwrap();
        assert_ne!(now(), before, "another name");
    }
}
