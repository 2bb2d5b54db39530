//! Chromium with ChromeDriver, and Firefox.

use std::fs;
use std::path::PathBuf;

use crate::process::capture;
use crate::project::{Project, find_program, make_folder};
use crate::term::{Context, Failure, Result};
use crate::tools;

const BROWSERS: &[&str] = &["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const FIREFOXES: &[&str] = &["firefox", "firefox-esr"];
const DRIVERS: &[&str] = &["chromedriver"];

/// The programs that drive a browser: environment variables `CHROME` and `CHROMEDRIVER` go before `PATH`.
#[derive(Debug)]
pub struct Browser {
    pub chrome: PathBuf,
    pub driver: PathBuf,
}

/// Sees to it that Firefox is there; its driver finds it in `PATH`. Its program.
pub fn firefox(project: &Project) -> Result<PathBuf> {
    if find_program(FIREFOXES).is_none() {
        tools::apt_install(project, &["firefox-esr"])?;
    }
    find_program(FIREFOXES).ok_or_else(|| Failure::new("Firefox was installed but not found: put it into PATH"))
}

impl Browser {
    /// Finds both, and installs Debian's packages where one is missing.
    pub fn find(project: &Project) -> Result<Self> {
        if let Some(browser) = Self::installed()? {
            return Self::of_one_version(project, browser);
        }
        // Fonts are only recommended by Chromium; without one a page has no text to see.
        let packages = &["chromium", "chromium-driver", "fonts-liberation"];
        tools::apt_install(project, packages)?;
        let browser = Self::installed()?.ok_or_else(|| {
            Failure::new(
                "Chromium and ChromeDriver were installed but not found: set CHROME and CHROMEDRIVER to their paths",
            )
        })?;
        Self::of_one_version(project, browser)
    }

    fn installed() -> Result<Option<Self>> {
        let chrome = tools::from_environment("CHROME")?.or_else(|| find_program(BROWSERS));
        let driver = tools::from_environment("CHROMEDRIVER")?.or_else(|| find_program(DRIVERS));
        Ok(chrome.zip(driver).map(|(chrome, driver)| Self { chrome, driver }))
    }

    /// ChromeDriver refuses a Chromium of another major version, late and in many words.
    fn of_one_version(project: &Project, browser: Self) -> Result<Self> {
        let version = |program| {
            let text = capture("browser", project.command(program).arg("--version")).ok()?;
            tools::version(&text).map(|(major, _)| major)
        };
        match (version(&browser.chrome), version(&browser.driver)) {
            (Some(chrome), Some(driver)) if chrome != driver => Err(Failure::new(format!(
                "expected Chromium and ChromeDriver of one version, but found {chrome} ({}) and {driver} ({}): install both anew",
                browser.chrome.display(),
                browser.driver.display()
            ))),
            _ => Ok(browser),
        }
    }

    /// Writes the capabilities of webdriver.json with the path of this browser, as ChromeDriver has no other way to find it.
    pub fn capabilities(&self, project: &Project) -> Result<PathBuf> {
        let text = fs::read_to_string(project.root("webdriver.json")).context(|| "read webdriver.json".to_string())?;
        let options = "\"goog:chromeOptions\": {";
        if !text.contains(options) {
            return Err(Failure::new(format!("expected webdriver.json to contain {options}")));
        }
        let path = self.chrome.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
        let folder = project.target("test");
        make_folder(&folder)?;
        let file = folder.join("webdriver.json");
        let text = text.replacen(options, &format!("{options}\n    \"binary\": \"{path}\","), 1);
        fs::write(&file, text).context(|| format!("write {}", file.display()))?;
        Ok(file)
    }
}
