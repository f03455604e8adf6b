//! System packages: what is needed for what, and how the missing ones are brought in.
//!
//! On Debian and Ubuntu they are installed. Elsewhere each is looked for by what it brings (a library
//! that pkg-config knows, a program), and what is not found is named by its role.

use std::collections::HashSet;
use std::process::Command;

use anyhow::{Result, bail};

use super::Installing;
use super::distribution::Distribution;
use crate::process::{find_program, output_of, run};

/// What a package is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// To compile the app.
    Build,
    /// To run it in a window without a screen, driven by a program.
    Window,
    /// For pictures that look as on a desktop.
    Pictures,
    /// To hold what goes over the wire against programs of others.
    Protocols,
    /// To build the fuzzer.
    Fuzzing,
}

#[derive(Debug, PartialEq, Eq)]
struct Package {
    /// Its name in Debian and Ubuntu.
    name: &'static str,
    group: Group,
    /// What it is there for, in words.
    role: &'static str,
    mark: Mark,
}

/// How the package is found where there is no dpkg.
#[derive(Debug, PartialEq, Eq)]
enum Mark {
    Library(&'static str),
    Program(&'static str),
    /// Nothing to look for; it is left to the person.
    Nothing,
}

/// No C compiler in the list: without one, this program would not have been linked.
const PACKAGES: &[Package] = &[
    Package {
        name: "pkg-config",
        group: Group::Build,
        role: "finds the libraries",
        mark: Mark::Program("pkg-config"),
    },
    Package {
        name: "libwebkit2gtk-4.1-dev",
        group: Group::Build,
        role: "the web view (WebKitGTK 4.1, with GTK 3)",
        mark: Mark::Library("webkit2gtk-4.1"),
    },
    Package {
        name: "libdbus-1-dev",
        group: Group::Build,
        role: "D-Bus",
        mark: Mark::Library("dbus-1"),
    },
    Package {
        name: "xvfb",
        group: Group::Window,
        role: "a display without a screen",
        mark: Mark::Program("Xvfb"),
    },
    Package {
        name: "webkit2gtk-driver",
        group: Group::Window,
        role: "WebDriver for the web view",
        mark: Mark::Program("WebKitWebDriver"),
    },
    Package {
        name: "dbus",
        group: Group::Window,
        role: "a session bus",
        mark: Mark::Program("dbus-run-session"),
    },
    Package {
        name: "gnome-keyring",
        group: Group::Window,
        role: "a keychain",
        mark: Mark::Program("gnome-keyring-daemon"),
    },
    Package {
        name: "fonts-noto-color-emoji",
        group: Group::Window,
        role: "a font with emoji",
        mark: Mark::Nothing,
    },
    Package {
        name: "fonts-inter",
        group: Group::Pictures,
        role: "the pictures' font (Inter)",
        mark: Mark::Nothing,
    },
    Package {
        name: "libxml2-utils",
        group: Group::Protocols,
        role: "checks XML against a schema (xmllint)",
        mark: Mark::Program("xmllint"),
    },
    Package {
        name: "python3",
        group: Group::Protocols,
        role: "runs the public SOAP client",
        mark: Mark::Program("python3"),
    },
    Package {
        name: "python3-venv",
        group: Group::Protocols,
        role: "keeps the public SOAP client's packages apart",
        mark: Mark::Nothing,
    },
    Package {
        name: "g++",
        group: Group::Fuzzing,
        role: "a C++ compiler, for libFuzzer",
        mark: Mark::Program("g++"),
    },
];

/// Brings in what is missing of the groups.
pub fn prepare(groups: &[Group], installing: Installing) -> Result<()> {
    if groups.is_empty() {
        return Ok(());
    }
    match Distribution::current() {
        Distribution::Debian => {
            let missing = missing_of(groups, |package| installed().contains(package.name));
            if missing.is_empty() {
                return Ok(());
            }
            install(&missing, installing)
        }
        Distribution::OtherLinux(name) => {
            let missing = missing_of(groups, |package| is_found(&package.mark));
            if missing.is_empty() {
                return Ok(());
            }
            bail!(
                "{name} lacks what is listed here; install it with the system's own packages (in brackets: what Debian calls them), then run this again\n{}",
                list(&missing)
            )
        }
        Distribution::MacOs => {
            if output_of(Command::new("xcode-select").arg("-p")).is_none() {
                bail!(
                    "Apple's command line tools are missing; install them with `xcode-select --install`"
                );
            }
            Ok(())
        }
        // The compiler's own tools are there, or this program would not be; Windows brings WebView2.
        Distribution::Windows => Ok(()),
    }
}

fn missing_of(groups: &[Group], is_there: impl Fn(&Package) -> bool) -> Vec<&'static Package> {
    PACKAGES
        .iter()
        .filter(|package| groups.contains(&package.group) && !is_there(package))
        .collect()
}

/// The names of our packages that dpkg has fully installed.
fn installed() -> HashSet<String> {
    // It fails when it does not know one of the names, and still lists the others.
    Command::new("dpkg-query")
        .args(["--show", "--showformat=${Package}\\t${db:Status-Abbrev}\\n"])
        .args(PACKAGES.iter().map(|package| package.name))
        .output()
        .map(|output| installed_in(&String::from_utf8_lossy(&output.stdout)))
        .unwrap_or_default()
}

fn installed_in(listing: &str) -> HashSet<String> {
    listing
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter(|(_, status)| status.trim_end() == "ii")
        .map(|(name, _)| name.to_owned())
        .collect()
}

fn is_found(mark: &Mark) -> bool {
    match mark {
        Mark::Library(name) => {
            output_of(Command::new("pkg-config").args(["--exists", name])).is_some()
        }
        Mark::Program(name) => find_program(name).is_some(),
        Mark::Nothing => true,
    }
}

fn install(missing: &[&Package], installing: Installing) -> Result<()> {
    let names: Vec<&str> = missing.iter().map(|package| package.name).collect();
    let by_hand = format!(
        "apt-get update && apt-get install -y --no-install-recommends {}",
        names.join(" ")
    );
    println!("==> System packages that are missing:\n{}", list(missing));
    if installing == Installing::Forbidden {
        bail!("system packages are missing; as root, run: {by_hand}");
    }
    let is_root = output_of(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0");
    if !is_root && find_program("sudo").is_none() {
        bail!("installing them takes root, and there is no sudo here; as root, run: {by_hand}");
    }
    // A source that does not answer need not be the one that has our packages.
    if let Err(error) = run(apt_get(is_root).arg("update")) {
        println!("    {error}; trying to install all the same");
    }
    run(apt_get(is_root)
        .args(["install", "-y", "--no-install-recommends"])
        .args(names))
    .map_err(|error| {
        error.context(format!(
            "the packages were not installed; by hand: {by_hand}"
        ))
    })
}

fn apt_get(is_root: bool) -> Command {
    // `env` hands the setting over where sudo would drop it.
    let words = ["sudo", "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"];
    let words = if is_root { &words[1..] } else { &words[..] };
    let mut command = Command::new(words[0]);
    command.args(&words[1..]);
    command
}

fn list(packages: &[&Package]) -> String {
    packages
        .iter()
        .map(|package| format!("    - {} ({})", package.role, package.name))
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(packages: &[&Package]) -> Vec<&'static str> {
        packages.iter().map(|package| package.name).collect()
    }

    #[test]
    fn only_what_the_groups_need_is_missing() {
        let missing = missing_of(&[Group::Build], |_| false);
        assert_eq!(
            names(&missing),
            ["pkg-config", "libwebkit2gtk-4.1-dev", "libdbus-1-dev"]
        );
        assert!(missing_of(&[], |_| false).is_empty());
    }

    #[test]
    fn what_is_there_is_not_missing() {
        let missing = missing_of(&[Group::Build, Group::Window], |package| {
            package.group == Group::Build || package.name.starts_with("fonts")
        });
        assert_eq!(
            names(&missing),
            ["xvfb", "webkit2gtk-driver", "dbus", "gnome-keyring"]
        );
    }

    #[test]
    fn a_package_that_was_removed_or_is_half_installed_counts_as_missing() {
        let listing = "dbus\tii \ngnome-keyring\trc \nxvfb\tiU \npkg-config\tii \nnonsense\n";
        let installed = installed_in(listing);
        assert_eq!(
            installed,
            HashSet::from(["dbus".to_owned(), "pkg-config".to_owned()])
        );
    }

    #[test]
    fn missing_packages_are_listed_by_what_they_are_for() {
        let missing = missing_of(&[Group::Pictures], |_| false);
        assert_eq!(
            list(&missing),
            "    - the pictures' font (Inter) (fonts-inter)"
        );
    }

    #[test]
    fn without_being_root_sudo_is_asked() {
        assert_eq!(apt_get(false).get_program(), "sudo");
        assert_eq!(apt_get(true).get_program(), "env");
    }
}
