//! WebKit, which is Safari's engine: WebKitGTK's driver and browser, on a display that nobody sees.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::process::Group;
use crate::project::{Project, find_program};
use crate::term::{Failure, Result};
use crate::tools;

const DRIVER: &str = "WebKitWebDriver";

/// Debian's packages of the driver, which brings the browser along, and of the display.
const PACKAGES: &[&str] = &["webkit2gtk-driver", "xvfb"];

/// The places of the browser in distributions, as it is in no `PATH`.
const BROWSERS: &[&str] = &["webkit2gtk-4.1/MiniBrowser", "webkitgtk-6.0/MiniBrowser", "webkit2gtk-4.0/MiniBrowser"];

/// An X server on a busy machine.
const START: Duration = Duration::from_secs(30);

/// The programs, and a display for them that ends with this value.
#[derive(Debug)]
pub struct WebKit {
    pub driver: PathBuf,
    browser: PathBuf,
    number: String,
    _display: Group,
}

impl WebKit {
    /// Finds them, and installs Debian's packages where one is missing.
    ///
    /// # Errors
    /// One sentence that names the packages to install.
    pub fn start(project: &Project) -> Result<Self> {
        if programs().is_none() {
            tools::apt_install(project, PACKAGES)?;
        }
        let (driver, browser, xvfb) = programs().ok_or_else(|| {
            Failure::new(format!(
                "expected {DRIVER}, MiniBrowser and Xvfb from the packages {}",
                PACKAGES.join(" and ")
            ))
        })?;
        let (display, number) = display(project, &xvfb)?;
        Ok(Self { driver, browser, number, _display: display })
    }

    /// Passes the places of driver, browser and display to `command`.
    pub fn environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("WEBKITDRIVER", &self.driver)
            .env("MINIBROWSER", &self.browser)
            .env("DISPLAY", format!(":{}", self.number))
            // The sandbox needs rights that containers and root do not have; these tests open pages of their own only.
            .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
    }
}

fn programs() -> Option<(PathBuf, PathBuf, PathBuf)> {
    let driver = find_program(&[DRIVER])?;
    let xvfb = find_program(&["Xvfb"])?;
    // /usr/lib/x86_64-linux-gnu on Debian, /usr/libexec or /usr/lib elsewhere.
    let libraries = Path::new("/usr/lib").read_dir().ok()?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut folders: Vec<PathBuf> = libraries.filter(|path| path.to_string_lossy().contains("-linux-")).collect();
    folders.sort();
    folders.extend(["/usr/libexec", "/usr/lib"].map(PathBuf::from));
    let browser = folders.iter().flat_map(|folder| BROWSERS.iter().map(move |name| folder.join(name)));
    Some((driver, browser.into_iter().find(|path| path.is_file())?, xvfb))
}

/// An X server that chooses a free number, and prints it when it listens.
fn display(project: &Project, xvfb: &Path) -> Result<(Group, String)> {
    let mut command = project.command(xvfb);
    command.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    let mut group = Group::start("Xvfb", &mut command)?;
    let (sender, told) = mpsc::channel();
    if let Some(stdout) = group.child().stdout.take() {
        thread::spawn(move || {
            let _ = sender.send(BufReader::new(stdout).lines().next());
        });
    }
    match told.recv_timeout(START) {
        Ok(Some(Ok(number))) => Ok((group, number.trim().to_string())),
        _ => Err(Failure::new(format!("Xvfb did not offer a display within {} s", START.as_secs()))),
    }
}
