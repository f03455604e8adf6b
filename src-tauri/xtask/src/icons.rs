//! `cargo xtask icons`: `icons/*.svg` become the PNG, ICO and ICNS files beside them.
//!
//! Tauri's command line renders them, so that no system package is needed. Of what it makes, only
//! what the app's packages and the tray use is kept.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};

use crate::process::{npm, run_quietly};
use crate::project::Project;
use crate::setup::{self, Installing, Needs, Page};

/// What `tauri.conf.json` names, and the picture for the README.
const APP_ICONS: &[&str] = &[
    "32x32.png",
    "128x128.png",
    "128x128@2x.png",
    "icon.png",
    "icon.icns",
    "icon.ico",
];

/// The tray's sizes: as rendered, and as the suffix of the file's name.
const TRAY_ICONS: &[(&str, &str)] = &[("32x32.png", ".png"), ("64x64.png", "@2x.png")];

pub fn render(project: &Project, installing: Installing) -> Result<()> {
    setup::prepare(
        project,
        installing,
        Needs {
            page: Page::Packages,
            ..Needs::default()
        },
    )?;
    let icons = project.root().join("icons");
    let rendered = project.scratch().join("icons");

    println!("==> The app's icon");
    tauri_icon(project, &icons.join("icon.svg"), &rendered, &[])?;
    if is_as_before(&rendered, &icons) {
        println!("    is as before");
    } else {
        for name in APP_ICONS {
            copy(&rendered.join(name), &icons.join(name))?;
        }
    }

    println!("==> The tray's icons");
    let tray = icons.join("tray");
    let mut drawings = Vec::new();
    for entry in fs::read_dir(&tray).with_context(|| format!("reading {}", tray.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "svg") {
            drawings.push(path);
        }
    }
    drawings.sort();
    if drawings.is_empty() {
        bail!("there is no SVG file in {}", tray.display());
    }
    for drawing in drawings {
        tauri_icon(project, &drawing, &rendered, &["--png", "32,64"])?;
        for (size, suffix) in TRAY_ICONS {
            let name = drawing.file_stem().unwrap_or_default().to_string_lossy();
            copy(&rendered.join(size), &tray.join(format!("{name}{suffix}")))?;
        }
    }
    Ok(())
}

/// The ICNS file differs from run to run; the picture says whether the drawing has changed.
fn is_as_before(rendered: &Path, icons: &Path) -> bool {
    let picture = |folder: &Path| fs::read(folder.join("icon.png")).ok();
    APP_ICONS.iter().all(|name| icons.join(name).is_file()) && picture(rendered) == picture(icons)
}

fn tauri_icon(project: &Project, drawing: &Path, into: &Path, options: &[&str]) -> Result<()> {
    run_quietly(
        npm(&project.page())
            .args(["exec", "--no", "--", "tauri", "icon"])
            .arg(drawing)
            .arg("--output")
            .arg(into)
            .args(options),
    )
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to)
        .map(|_| ())
        .with_context(|| format!("copying {} to {}", from.display(), to.display()))
}
