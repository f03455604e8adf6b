//! Where things are: the repository, the build folder, the app.

use std::env;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The folders that the chores work in.
#[derive(Debug)]
pub struct Project {
    root: PathBuf,
    /// `target/debug`: this program lies there, and the app beside it.
    built: PathBuf,
}

impl Project {
    /// The project that this program was built from.
    pub fn here() -> Result<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = manifest
            .ancestors()
            .nth(2)
            .context("this crate lies two folders below the root of the repository")?;
        if !root.join("Cargo.toml").is_file() {
            bail!(
                "{} is not there any more; run `cargo xtask` from the repository, so that it is built again",
                root.display()
            );
        }
        let program = env::current_exe().context("where this program lies")?;
        let built = program.parent().context("a program lies in a folder")?;
        Ok(Self {
            root: root.to_owned(),
            built: built.to_owned(),
        })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The page's sources.
    pub fn page(&self) -> PathBuf {
        self.root.join("ui")
    }

    /// The fuzz targets, their corpus and what they are built into.
    pub fn fuzz(&self) -> PathBuf {
        self.root.join("src-tauri/fuzz")
    }

    /// The TypeScript types that tests write.
    pub fn bindings(&self) -> PathBuf {
        self.page().join("src/lib/bindings")
    }

    /// The app, once built.
    pub fn app(&self) -> PathBuf {
        self.built
            .join(format!("autotask-integration{}", env::consts::EXE_SUFFIX))
    }

    /// The lists of what the public clients are installed from, and the programs that use them.
    pub fn public_client_lists(&self) -> PathBuf {
        self.root.join("tests/public_clients")
    }

    /// The public clients, once installed.
    pub fn public_clients(&self) -> PathBuf {
        self.target().join("public-clients")
    }

    /// Cargo's tools that are installed for this project only.
    pub fn tools(&self) -> PathBuf {
        self.target().join("tools")
    }

    /// What the chores keep from one run to the next, and their passing files.
    pub fn scratch(&self) -> PathBuf {
        self.target().join("xtask")
    }

    fn target(&self) -> &Path {
        self.built.parent().unwrap_or(&self.built)
    }
}
