//! `cargo xtask screenshots DIR`: pictures of every screen, light and dark, from the real window.
//!
//! The program that opens the screens, on a display of its own, is `tests/screenshots.rs`; here are
//! its font and the folder.

use std::fs;
use std::path::{Path, PathBuf, absolute};

use anyhow::{Context, Result, bail};

use crate::process::{cargo, run};
use crate::project::Project;
use crate::setup::{self, Group, Installing, Needs, Page};

/// The fonts that a page or GTK asks for when it wants the system's own.
const SYSTEM_FONTS: &[&str] = &[
    "system-ui",
    "ui-sans-serif",
    "sans-serif",
    "sans",
    "Cantarell",
];

pub fn run_tour(project: &Project, installing: Installing, folder: &Path) -> Result<()> {
    if !cfg!(target_os = "linux") {
        bail!("the window is driven under Xvfb, which is on Linux only");
    }
    if !project.root().join("tests/screenshots.rs").is_file() {
        bail!("the program that takes them is not there: tests/screenshots.rs");
    }
    setup::prepare(
        project,
        installing,
        Needs {
            system: &[Group::Build, Group::Window, Group::Pictures],
            page: Page::Built,
            ..Needs::default()
        },
    )?;
    let folder = absolute(folder)?;
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let fonts = write_font_choice(project)?;

    println!("==> The pictures");
    // The whole workspace is named so that what `cargo xtask test` has built fits.
    let mut tour = cargo(project.root());
    tour.args(["test", "--workspace", "--test", "screenshots", "--"])
        .args(["--include-ignored", "--nocapture", "--test-threads=1"])
        .env("SCREENSHOTS_DIR", &folder)
        .env("FONTCONFIG_FILE", fonts);
    run(&mut tour)?;

    let pictures = pictures_in(&folder)?;
    if pictures == 0 {
        bail!(
            "the tour ended well but left no picture in {}",
            folder.display()
        );
    }
    println!("{pictures} pictures in {}", folder.display());
    Ok(())
}

/// A font configuration that puts Inter first where the system's own font is asked for.
fn write_font_choice(project: &Project) -> Result<PathBuf> {
    let path = project.scratch().join("fonts.conf");
    fs::create_dir_all(project.scratch())
        .and_then(|()| fs::write(&path, font_choice()))
        .with_context(|| format!("writing {}", path.display()))?;
    Ok(path)
}

fn font_choice() -> String {
    let choices: String = SYSTEM_FONTS
        .iter()
        .map(|family| {
            format!(
                "  <match target=\"pattern\">\n    <test name=\"family\"><string>{family}</string></test>\n    \
                 <edit name=\"family\" mode=\"prepend\" binding=\"strong\"><string>Inter</string></edit>\n  </match>\n"
            )
        })
        .collect();
    format!(
        "<?xml version=\"1.0\"?>\n<!DOCTYPE fontconfig SYSTEM \"urn:fontconfig:fonts.dtd\">\n<fontconfig>\n\
         {choices}  <include>/etc/fonts/fonts.conf</include>\n</fontconfig>\n"
    )
}

fn pictures_in(folder: &Path) -> Result<usize> {
    let mut pictures = 0;
    for entry in fs::read_dir(folder)? {
        if entry?
            .path()
            .extension()
            .is_some_and(|extension| extension == "png")
        {
            pictures += 1;
        }
    }
    Ok(pictures)
}
