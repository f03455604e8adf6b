//! Which operating system this is, as far as installing packages goes.

use std::fs;

/// A system, by the way its packages are installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distribution {
    /// Debian, Ubuntu and what is built on them: `apt-get`.
    Debian,
    /// Any other Linux, by its own name.
    OtherLinux(String),
    MacOs,
    Windows,
}

impl Distribution {
    pub fn current() -> Self {
        match std::env::consts::OS {
            "windows" => Self::Windows,
            "macos" => Self::MacOs,
            _ => ["/etc/os-release", "/usr/lib/os-release"]
                .iter()
                .find_map(|path| fs::read_to_string(path).ok())
                .map_or_else(
                    || Self::OtherLinux("this system".into()),
                    |text| Self::from_os_release(&text),
                ),
        }
    }

    /// Reads `os-release`: lines of `NAME=value`, the value perhaps in quotes.
    fn from_os_release(text: &str) -> Self {
        let value_of = |name: &str| {
            text.lines().find_map(|line| {
                let (key, value) = line.trim().split_once('=')?;
                (key == name).then(|| value.trim_matches(['"', '\'']).to_owned())
            })
        };
        let id = value_of("ID").unwrap_or_default();
        let family = value_of("ID_LIKE").unwrap_or_default();
        let is_debian = std::iter::once(id.as_str())
            .chain(family.split_whitespace())
            .any(|name| name == "debian" || name == "ubuntu");
        if is_debian {
            return Self::Debian;
        }
        let name = value_of("PRETTY_NAME")
            .or_else(|| value_of("NAME"))
            .unwrap_or(id);
        Self::OtherLinux(if name.is_empty() {
            "this system".into()
        } else {
            name
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_ubuntu_and_their_offspring_are_told_by_their_id() {
        for text in [
            "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n",
            "NAME=\"Ubuntu\"\nID=ubuntu\nID_LIKE=debian\n",
            "ID=linuxmint\r\nID_LIKE=\"ubuntu debian\"\r\n",
            "ID='pop'\nID_LIKE='ubuntu debian'\n",
        ] {
            assert_eq!(
                Distribution::from_os_release(text),
                Distribution::Debian,
                "{text}"
            );
        }
    }

    #[test]
    fn another_linux_is_named_as_it_names_itself() {
        let fedora = "NAME=\"Fedora Linux\"\nID=fedora\nPRETTY_NAME=\"Fedora Linux 43\"\n";
        assert_eq!(
            Distribution::from_os_release(fedora),
            Distribution::OtherLinux("Fedora Linux 43".into())
        );
        assert_eq!(
            Distribution::from_os_release("ID=arch\n# ID_LIKE=debian\n"),
            Distribution::OtherLinux("arch".into())
        );
    }

    #[test]
    fn an_empty_file_is_a_linux_without_a_name() {
        assert_eq!(
            Distribution::from_os_release(""),
            Distribution::OtherLinux("this system".into())
        );
    }
}
